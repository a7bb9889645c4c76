// Checks each request before a handler sees it: finds its client, and whether that client may send
// another one.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/http/client_limit.h"
#include "common/http/message.h"
#include "common/net/address/ip_network.h"

namespace certconnector::http {

struct AdmissionSettings {
  std::vector<net::IpNetwork> trusted_proxies;
  std::size_t requests_per_minute = 0;  // of each client, all at once if they come so; 0: no limit
};

// Replaces the peer's address by the client's, and answers 429 to a client that sends too much.
// Thread-safe: several servers can share one.
class Admission final : public Handler {
 public:
  // All outlive it.
  Admission(Handler& next, const Clock& clock, log::Logger& log);

  // For requests from now on.
  void configure(AdmissionSettings settings);

  void handle(Request request, Reply reply) override;

 private:
  using Networks = std::vector<net::IpNetwork>;
  [[nodiscard]] std::shared_ptr<const Networks> trusted_proxies() const;

  Handler& next_;
  ClientLimit requests_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Networks> trusted_proxies_ = std::make_shared<const Networks>();
};

}  // namespace certconnector::http
