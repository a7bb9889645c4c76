// The process at the other end of a named pipe.
#pragma once

#include <windows.h>

namespace certconnector::control {

class ConnectedPeer {
 public:
  // Not owned; outlives it.
  explicit ConnectedPeer(HANDLE pipe) : pipe_(pipe) {}

  [[nodiscard]] HANDLE pipe() const { return pipe_; }

 private:
  HANDLE pipe_;
};

}  // namespace certconnector::control
