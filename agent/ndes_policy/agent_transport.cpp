#include "agent/ndes_policy/agent_transport.h"

#include <chrono>
#include <utility>

namespace certconnector::ndes_policy {
namespace {

constexpr Duration kLookAgain{std::chrono::minutes(5)};
// A store that is asked after each failure would be asked a hundred times a second.
constexpr Duration kLookAfterFailure{std::chrono::seconds(5)};

}  // namespace

AgentTransport::AgentTransport(AgentAddress address, CredentialSource credentials,
                               const Clock& clock, log::Logger& logger)
    : address_(std::move(address)),
      credentials_(std::move(credentials)),
      clock_(clock),
      logger_(logger) {}

Result<http::Response> AgentTransport::send(const http::Request& request,
                                            const http::FetchLimits& limits) {
  CC_TRY_ASSIGN(const Pool now, pool());
  auto answer = now->exchange(request, limits);
  if (!answer.ok()) {
    const std::lock_guard lock(mutex_);
    failed_ = true;
  }
  return answer;
}

Result<AgentTransport::Pool> AgentTransport::pool() {
  const std::lock_guard lock(mutex_);
  const Duration since = clock_.now() - looked_;
  const bool due = !pool_ || since >= kLookAgain || (failed_ && since >= kLookAfterFailure);
  if (!due) return pool_;
  auto renewed = renewed_pool();
  // Until the store has another one, the old certificate is as good as it is.
  if (!renewed.ok() && pool_) return pool_;
  return renewed;
}

// Under the lock.
Result<AgentTransport::Pool> AgentTransport::renewed_pool() {
  looked_ = clock_.now();
  failed_ = false;
  CC_TRY_ASSIGN(http::ClientCertificate credential, credentials_());
  if (pool_ && credential.chain == shown_) return pool_;
  std::string chain = credential.chain;
  CC_TRY_ASSIGN(auto opened,
                http::ConnectionPool::open(
                    {address_.host, address_.port, http::PeerTrust{address_.host, address_.anchors},
                     std::move(credential)},
                    kMostConnections));
  if (pool_) logger_.info("policy.certificate", "The module shows a newer certificate.");
  shown_ = std::move(chain);
  pool_ = std::move(opened);
  return pool_;
}

}  // namespace certconnector::ndes_policy
