// The connections to the agent, with the client certificate that the store has now.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "common/crypto/digest.h"
#include "common/http/connection_pool.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::ndes_policy {

struct AgentAddress {
  std::string host;  // a name or an IP address without brackets
  std::uint16_t port = 0;
  std::string anchors;  // PEM: the CAs of the agent's certificate; not empty
};

// The certificate that the module shows. Errors: what there is in place of it. Blocks: a key in a
// TPM takes a second.
using CredentialSource = std::function<Result<http::ClientCertificate>()>;

// Thread-safe. Looks for a newer certificate every few minutes, and after each failure.
class AgentTransport {
 public:
  static constexpr std::size_t kMostConnections = 8;

  // `clock` and `logger` outlive it.
  AgentTransport(AgentAddress address, CredentialSource credentials, const Clock& clock,
                 log::Logger& logger);

  // Errors: as http::fetch; bad_tls where there is no certificate to show.
  [[nodiscard]] Result<http::Response> send(const http::Request& request,
                                            const http::FetchLimits& limits);

 private:
  using Pool = std::shared_ptr<http::ConnectionPool>;
  [[nodiscard]] Result<Pool> pool();
  [[nodiscard]] Result<Pool> renewed_pool();

  const AgentAddress address_;
  const CredentialSource credentials_;
  const Clock& clock_;
  log::Logger& logger_;

  std::mutex mutex_;
  Pool pool_;
  std::string shown_;    // the chain of `pool_`
  Timestamp looked_;     // when the credentials were looked at
  bool failed_ = false;  // since then
};

}  // namespace certconnector::ndes_policy
