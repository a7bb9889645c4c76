// Networks of IP addresses, RFC 4632 and RFC 4291 section 2.3.
#pragma once

#include <string>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::net {

class IpNetwork {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or an address alone. Errors:
  // AddressErrc::bad_network, also for address bits behind the prefix.
  [[nodiscard]] static Result<IpNetwork> parse(const std::string& text);

  // `address` as unmapped_ip_from_text() gives it.
  [[nodiscard]] bool contains(ByteView address) const;

 private:
  IpNetwork(Bytes address, std::size_t prefix);

  Bytes address_;
  std::size_t prefix_;  // bits
};

}  // namespace certconnector::net
