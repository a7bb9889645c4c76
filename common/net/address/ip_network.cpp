#include "common/net/address/ip_network.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/net/address/errors.h"
#include "common/net/address/ip_address.h"

namespace certconnector::net {
namespace {

// Whether the first `bits` of both are equal.
bool equal_bits(ByteView a, ByteView b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const std::size_t rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

Error bad_network(const std::string& text) {
  return {AddressErrc::bad_network, ErrorKind::permanent,
          "\"" + text + "\" is no network; write an address or ADDRESS/BITS, as 192.0.2.0/24 or " +
              "2001:db8::/32, with no bits set behind the prefix"};
}

}  // namespace

IpNetwork::IpNetwork(Bytes address, std::size_t prefix)
    : address_(std::move(address)), prefix_(prefix) {}

Result<IpNetwork> IpNetwork::parse(const std::string& text) {
  const auto slash = text.find('/');
  auto address = ip_from_text(std::string_view(text).substr(0, slash));
  if (!address) return bad_network(text);
  std::size_t prefix = address->size() * 8;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const char* const from = text.data() + slash + 1;
    const auto [at, problem] = std::from_chars(from, end, prefix);
    const bool leading_zero = end - from > 1 && *from == '0';
    if (problem != std::errc() || at != end || leading_zero) return bad_network(text);
    if (prefix > address->size() * 8) return bad_network(text);
  }
  for (std::size_t bit = prefix; bit < address->size() * 8; ++bit) {
    if (((*address)[bit / 8] >> (7 - bit % 8) & 1U) != 0) return bad_network(text);
  }
  return IpNetwork(std::move(*address), prefix);
}

bool IpNetwork::contains(ByteView address) const {
  return address.size() == address_.size() && equal_bits(address, address_, prefix_);
}

}  // namespace certconnector::net
