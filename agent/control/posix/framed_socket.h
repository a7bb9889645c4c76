// Whole frames over a connected, non-blocking stream socket, each within a time. Both ends use it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/platform/posix/file_descriptor.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/frame.h"

namespace certconnector::control {

// One thread at a time. Errors: TransportErrc, and frame_too_large for a length that cannot be.
class FramedSocket {
 public:
  // `stop_fd` becomes readable or hangs up when everyone shall stop; -1: never. Not owned.
  explicit FramedSocket(platform::FileDescriptor socket, int stop_fd = -1);

  // Waits up to `first` for the first octet and from there up to `rest` for the whole frame.
  // Nothing: the other side closed between two frames.
  [[nodiscard]] Result<std::optional<std::string>> read(Duration first, Duration rest);
  [[nodiscard]] Status write(std::string_view payload, Duration limit);

  [[nodiscard]] int fd() const { return socket_.get(); }
  void hang_up() { socket_.reset(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  [[nodiscard]] Status wait(short events, Deadline deadline) const;
  // The number of octets read; 0: the other side closed.
  [[nodiscard]] Result<std::size_t> receive(Deadline deadline);

  platform::FileDescriptor socket_;
  int stop_fd_;
  control_proto::FrameDecoder decoder_;
};

}  // namespace certconnector::control
