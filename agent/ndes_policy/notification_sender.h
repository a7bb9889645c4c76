// Brings the spool's notifications to the agent, the oldest first.
#pragma once

#include <optional>
#include <string>

#include "agent/ndes_policy/ndes_service_client.h"
#include "agent/ndes_policy/notification_spool.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::ndes_policy {

// One thread.
class NotificationSender {
 public:
  // All outlive it.
  NotificationSender(NotificationSpool& spool, NdesServiceClient& client, log::Logger& logger,
                     runtime::RandomSource& random);

  // A loop step: sends all until the stop, or until the agent does not answer. Returns
  // after which time to come again, where nobody calls before.
  [[nodiscard]] Duration step(const StopToken& stop);

 private:
  // Nothing: the notification is off the spool. Else why not now.
  [[nodiscard]] std::optional<Error> send(const std::string& name, const StopToken& stop);
  void forget(const std::string& name);
  void put_aside(const std::string& name);
  [[nodiscard]] Duration wait_longer(const Error& why);

  NotificationSpool& spool_;
  NdesServiceClient& client_;
  log::Logger& logger_;
  runtime::Backoff backoff_;
  std::string told_;  // the cause of the outage that the log has
};

}  // namespace certconnector::ndes_policy
