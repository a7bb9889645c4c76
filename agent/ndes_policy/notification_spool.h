// Notifications that the agent has not taken yet, one file each. Processes may share the folder:
// the agent takes a notification twice as once.
//
// A file is named after its time and a random number, and has the notification as JSON
// (proto/registration), with the digest in place of the challenge.
#pragma once

#include <string>
#include <vector>

#include "agent/ndes_policy/errors.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/registration/messages.h"

namespace certconnector::ndes_policy {

// Thread-safe.
class NotificationSpool {
 public:
  static constexpr std::size_t kMost = 10000;  // files

  // The folder is there, and only the account of NDES and administrators may look into it.
  NotificationSpool(std::string folder, const Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}

  // Durable once it returns; the file's name. Errors: spool_full, and those of the file system.
  [[nodiscard]] Result<std::string> add(const registration_wire::Notification& notification);
  // The oldest first.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  // Errors: damaged, and those of the file system; not_found: another process has sent it.
  [[nodiscard]] Result<registration_wire::Notification> read(const std::string& name) const;
  [[nodiscard]] Status remove(const std::string& name);
  // Keeps a file that cannot be sent beside the others, for a person: NAME.bad.
  [[nodiscard]] Status put_aside(const std::string& name);

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  const std::string folder_;
  const Clock& clock_;
};

}  // namespace certconnector::ndes_policy
