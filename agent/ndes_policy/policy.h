// The answers to an NDES (INDESPolicy): whether a request may have a certificate, and a password
// for one. Fails closed: a request that the agent does not answer is not verified.
#pragma once

#include <functional>

#include "agent/ndes_policy/ndes_service_client.h"
#include "agent/ndes_policy/notification_spool.h"

namespace certconnector::ndes_policy {

struct PolicyParts {
  NdesServiceClient& client;
  NotificationSpool& spool;
  log::Logger& logger;
  std::function<void()> spooled;  // the spool has something to send
};

// Thread-safe. Calls block until the client's deadline at most.
class Policy {
 public:
  explicit Policy(PolicyParts parts) : parts_(std::move(parts)) {}

  // A secret. Errors: those of the client, which the log has.
  [[nodiscard]] Result<std::string> generate_challenge(
      const registration_wire::ChallengeRequest& request, const StopToken& stop);
  // Without a signing certificate it is a first request, else a renewal. The log has why not.
  [[nodiscard]] bool verify_request(const registration_wire::VerifyRequest& request,
                                    const StopToken& stop);
  // Durable once it returns, unless the log says that it is lost.
  void notify(const registration_wire::Notification& notification, const StopToken& stop);

 private:
  const PolicyParts parts_;
};

}  // namespace certconnector::ndes_policy
