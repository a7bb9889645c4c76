// The process at the other end of a Unix socket.
#pragma once

namespace certconnector::control {

class ConnectedPeer {
 public:
  // Not owned; outlives it.
  explicit ConnectedPeer(int socket) : socket_(socket) {}

  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_;
};

}  // namespace certconnector::control
