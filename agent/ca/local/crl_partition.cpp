#include "agent/ca/local/crl_partition.h"

#include <string_view>

#include "agent/ca/local/extension.h"
#include "common/crypto/digest.h"

namespace certconnector::ca {
namespace {

namespace der = crypto::der;

constexpr unsigned kFullName = 0;
constexpr unsigned kDistributionPoint = 0;
constexpr unsigned kUri = 6;  // GeneralName's choice

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::uint64_t partition_hash(ByteView serial) {
  while (!serial.empty() && serial[0] == 0) serial = serial.subview(1, serial.size() - 1);
  const crypto::Sha256 digest = crypto::sha256(serial);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8U | digest[i];
  return hash;
}

CrlPartition partition_of(ByteView serial, std::size_t count) {
  return {static_cast<std::size_t>(partition_hash(serial) % count) + 1, count};
}

bool can_have_partitions(const std::string& crl_url) {
  return crl_url.find_first_of("?#") == std::string::npos;
}

std::string partition_name(const std::string& whole, const CrlPartition& partition) {
  constexpr std::string_view kExtension = ".crl";
  const bool has_extension = ends_with(whole, kExtension);
  const std::size_t stem = whole.size() - (has_extension ? kExtension.size() : 0);
  return whole.substr(0, stem) + "-" + std::to_string(partition.number) + "-of-" +
         std::to_string(partition.of) + whole.substr(stem);
}

void append_distribution_point_name(der::Writer& writer, const std::vector<std::string>& urls) {
  writer.nest(der::context(kDistributionPoint), [&] {
    writer.nest(der::context(kFullName), [&] {
      for (const std::string& url : urls) writer.element(der::context_primitive(kUri), url);
    });
  });
}

void append_issuing_distribution_point(Bytes& out, const std::vector<std::string>& urls) {
  append_extension(out, crypto::view(extension_id::kIssuingDistributionPoint), true,
                   [&](der::Writer& w) {
                     w.nest(der::kSequence, [&] { append_distribution_point_name(w, urls); });
                   });
}

}  // namespace certconnector::ca
