// Port: the proxy that this machine is set to use.
#pragma once

#include <memory>
#include <optional>

#include "common/net/address/url.h"
#include "common/net/credentials.h"
#include "common/result/result.h"

namespace certconnector::net {

// Thread-safe.
class SystemProxy {
 public:
  virtual ~SystemProxy() = default;

  // The proxy on the way to the server; nothing: the way is direct. Blocks for seconds where the
  // network is asked for it (WPAD), and remembers the answer for minutes. Errors:
  // proxy_unreachable: what the machine names cannot be used.
  [[nodiscard]] virtual Result<std::optional<Proxy>> proxy_for(const Origin& server) = 0;
};

// Of this system; null: it has no such setting.
[[nodiscard]] std::shared_ptr<SystemProxy> system_proxy();

}  // namespace certconnector::net
