// What an NDES asks of its policy module (INDESPolicy): whether a request may have a certificate,
// and a password for one. Fails closed: what cannot be asked is not verified.
#pragma once

#include <functional>

#include "agent/ndes_policy/notification_spool.h"
#include "agent/ndes_policy/registration_point.h"

namespace certconnector::ndes_policy {

struct PolicyParts {
  RegistrationPoint& point;
  NotificationSpool& spool;
  log::Logger& logger;
  std::function<void()> spooled;  // the spool has something to send
};

// Thread-safe. Calls block until the registration point's deadline at most.
class Policy {
 public:
  explicit Policy(PolicyParts parts) : parts_(std::move(parts)) {}

  // A secret. Errors: those of the registration point, which the log has.
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
