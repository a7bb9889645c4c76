// CRLs of imported CAs and of the CAs behind an NDES, full and delta; the CRL addresses and the
// template of certificates.
#include <cstdlib>

#include "common/crypto/certificate_template.h"
#include "common/crypto/crl.h"
#include "common/crypto/crl_addresses.h"
#include "common/crypto/distribution_points.h"

namespace {

using certconnector::ByteView;
namespace crypto = certconnector::crypto;

void require(bool condition) {
  if (!condition) std::abort();
}

bool inside(ByteView part, ByteView whole) {
  return part.empty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

void read_certificate(ByteView input) {
  require(crypto::crl_addresses(input).size() <= 20);
  const auto fields = crypto::parse_certificate_fields(input);
  if (!fields.ok()) return;
  const auto found = crypto::certificate_template(*fields);
  require(found.ok() || !found.error().message().empty());
}

void read_points(ByteView input) {
  const auto points = crypto::parse_distribution_points(input);
  if (!points.ok()) return;
  require(points->size() <= 20 && crypto::uris_of(*points).size() <= 400);
  for (const auto& point : *points) {
    for (const ByteView name : point.names) require(inside(name, input));
  }
}

void read_crl(ByteView input, crypto::CrlKind kind) {
  const auto crl = crypto::parse_crl(input, kind);
  if (!crl.ok()) return require(!crl.error().message().empty());
  require(crl->base_number.has_value() == (kind == crypto::CrlKind::delta));
  require(inside(crl->freshest, input));
  if (crl->scope) require(inside(crl->scope->value, input));
  read_points(crl->freshest);
  std::size_t octets = 0;
  const auto read = crypto::for_each_entry(*crl, [&](const auto& entry) {
    if (entry.serial && !entry.serial->empty()) require((*entry.serial)[0] != 0);
    octets += entry.serial ? entry.serial->size() : 0;
    return certconnector::Status();
  });
  require(octets <= input.size() && (read.ok() || !read.error().message().empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  read_certificate(input);
  read_points(input);
  read_crl(input, crypto::CrlKind::full);
  read_crl(input, crypto::CrlKind::delta);
  return 0;
}
