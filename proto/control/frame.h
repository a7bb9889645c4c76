// Frames of the control socket: four octets of length, big-endian, then that many octets of UTF-8
// JSON.
//
// A length of zero or above kMaxFrame ends the conversation: there is no way to find the next
// frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::control_proto {

inline constexpr std::size_t kMaxFrame = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kFrameHeader = 4;

// Header and payload. Error: frame_too_large, permanent; an empty payload is refused the same way
// as a bad one.
[[nodiscard]] Result<std::string> encode_frame(std::string_view payload);

// Takes octets as they arrive and returns whole frames. Never holds more than one frame and the
// octets that arrived with it. Not thread-safe.
class FrameDecoder {
 public:
  // After an error the decoder stays failed: close the connection.
  Status feed(std::string_view octets);
  // The payload of the oldest whole frame, once; nothing until there is one.
  [[nodiscard]] std::optional<std::string> next();
  // Octets of a frame that is not whole yet are waiting for the rest.
  [[nodiscard]] bool in_frame() const { return !buffer_.empty(); }

 private:
  // The announced length, once its four octets are there.
  [[nodiscard]] std::optional<std::size_t> announced() const;
  [[nodiscard]] Status check_header() const;

  std::string buffer_;
};

}  // namespace certconnector::control_proto
