#include "common/crypto/crl_addresses.h"

#include "common/crypto/certificate_fields.h"
#include "common/crypto/distribution_points.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxAddresses = 20;

}  // namespace

std::vector<std::string> crl_addresses(ByteView certificate) {
  const auto fields = parse_certificate_fields(certificate);
  if (!fields.ok()) return {};
  const auto value = find_extension(*fields, oid::kCrlDistributionPoints);
  if (!value) return {};
  const auto points = parse_distribution_points(*value);
  if (!points.ok()) return {};
  std::vector<std::string> addresses = uris_of(*points);
  if (addresses.size() > kMaxAddresses) addresses.resize(kMaxAddresses);
  return addresses;
}

}  // namespace certconnector::crypto
