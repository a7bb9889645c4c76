// The service manager's end of sd_notify(3): a datagram socket at a path, or in the abstract
// namespace ("@name").
#pragma once

#include <string>

namespace certconnector::testing {

class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] bool bound() const { return bound_; }
  // One message that has arrived; empty when none has. A local datagram is there when send()
  // returns.
  [[nodiscard]] std::string received() const;
  // The next message; waits for it.
  [[nodiscard]] std::string next() const;

 private:
  int fd_;
  bool bound_ = false;
};

}  // namespace certconnector::testing
