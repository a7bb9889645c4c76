// A connected, non-blocking stream socket.
#pragma once

#include "agent/control/octet_stream.h"
#include "agent/control/posix/connected_peer.h"
#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::control {

class SocketStream final : public OctetStream {
 public:
  // `stop_fd` becomes readable or hangs up when everyone shall stop; -1: never. Not owned.
  explicit SocketStream(platform::FileDescriptor socket, int stop_fd = -1)
      : socket_(std::move(socket)), stop_fd_(stop_fd), peer_(socket_.get()) {}

  [[nodiscard]] Result<std::size_t> receive(char* octets, std::size_t size,
                                            Deadline deadline) override;
  [[nodiscard]] Result<std::size_t> send(std::string_view octets, Deadline deadline) override;
  [[nodiscard]] const ConnectedPeer& peer() const override { return peer_; }

 private:
  [[nodiscard]] Status wait(short events, Deadline deadline) const;

  platform::FileDescriptor socket_;
  int stop_fd_;
  ConnectedPeer peer_;
};

}  // namespace certconnector::control
