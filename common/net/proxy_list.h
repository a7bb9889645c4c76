// The way in which Windows writes the proxies of a machine, and which of them is for a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::net {

// As WINHTTP_PROXY_INFO has them, in UTF-8.
struct ProxyList {
  std::string proxies;  // "proxy:3128", "http=one:80;https=two:3128"
  std::string bypass;   // "<local>;*.corp.example;10.*"
};

// The URL of the first proxy for https to the host; nothing: there is none for it. Errors:
// proxy_unreachable: one that our client cannot use, such as a proxy behind TLS.
[[nodiscard]] Result<std::optional<std::string>> choose_proxy(const ProxyList& list,
                                                              std::string_view host);

}  // namespace certconnector::net
