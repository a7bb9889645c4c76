#include <array>

#include "common/crypto/pkcs10.h"

namespace certconnector::crypto {
namespace {

// In the order of the bits, RFC 5280 section 4.2.1.3.
constexpr std::array<std::string_view, 9> kNames{
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly"};

}  // namespace

std::vector<std::string_view> key_usage_names(std::uint16_t mask) {
  std::vector<std::string_view> names;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    if ((mask >> bit & 1U) != 0) names.push_back(kNames.at(bit));
  }
  return names;
}

std::optional<std::uint16_t> key_usage_from_name(std::string_view name) {
  if (name == "contentCommitment") return kNonRepudiation;  // X.509's later name
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    if (kNames.at(bit) == name) return static_cast<std::uint16_t>(1U << bit);
  }
  return std::nullopt;
}

}  // namespace certconnector::crypto
