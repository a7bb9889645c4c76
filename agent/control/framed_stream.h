// Whole frames over a connection, each within a time. Both ends use it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/control/octet_stream.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "proto/control/frame.h"

namespace certconnector::control {

// One thread at a time. Errors: TransportErrc, and frame_too_large for a length that cannot be.
class FramedStream {
 public:
  explicit FramedStream(std::unique_ptr<OctetStream> stream) : stream_(std::move(stream)) {}

  // Waits up to `first` for the first octet and from there up to `rest` for the whole frame.
  // Nothing: the other side closed between two frames.
  [[nodiscard]] Result<std::optional<std::string>> read(Duration first, Duration rest);
  [[nodiscard]] Status write(std::string_view payload, Duration limit);

  // Not after hang_up().
  [[nodiscard]] const ConnectedPeer& peer() const { return stream_->peer(); }
  void hang_up() { stream_.reset(); }

 private:
  // The number of octets read; 0: the other side closed.
  [[nodiscard]] Result<std::size_t> receive(OctetStream::Deadline deadline);

  std::unique_ptr<OctetStream> stream_;
  control_proto::FrameDecoder decoder_;
};

}  // namespace certconnector::control
