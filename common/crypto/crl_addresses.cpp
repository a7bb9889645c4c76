#include "common/crypto/crl_addresses.h"

#include "common/crypto/certificate_fields.h"
#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kDistributionPoints = "2.5.29.31";
constexpr std::size_t kMaxAddresses = 20;

// DistributionPoint: [0] distributionPoint { [0] fullName { [6] URI, ... } }, ...
void append_addresses(der::Reader point, std::vector<std::string>& addresses) {
  constexpr unsigned kName = 0;
  constexpr unsigned kUri = 6;
  auto name = point.enter(der::context(kName));
  auto full = name ? name->enter(der::context(kName)) : std::nullopt;
  while (full && !full->at_end() && addresses.size() < kMaxAddresses) {
    const auto one = full->read_any();
    if (!one) return;
    if (one->tag == der::context_primitive(kUri)) addresses.emplace_back(as_text(one->value));
  }
}

}  // namespace

std::vector<std::string> crl_addresses(ByteView certificate) {
  std::vector<std::string> addresses;
  const auto fields = parse_certificate_fields(certificate);
  if (!fields.ok()) return addresses;
  const auto value = find_extension(*fields, kDistributionPoints);
  const auto points = value ? der::read_only(*value, der::kSequence) : std::nullopt;
  if (!points) return addresses;
  der::Reader list(*points);
  while (!list.at_end()) {
    const auto point = list.enter(der::kSequence);
    if (!point) break;
    append_addresses(*point, addresses);
  }
  return addresses;
}

}  // namespace certconnector::crypto
