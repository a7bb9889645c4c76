#include "proto/control/frame.h"

#include "proto/control/errors.h"

namespace certconnector::control_proto {

namespace {

Error length_error(std::size_t length) {
  return {ControlErrc::frame_too_large, ErrorKind::permanent,
          "a message of " + std::to_string(length) + " octets; 1 to " + std::to_string(kMaxFrame) +
              " are allowed"};
}

}  // namespace

Result<std::string> encode_frame(std::string_view payload) {
  if (payload.empty() || payload.size() > kMaxFrame) return length_error(payload.size());
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::string frame;
  frame.reserve(kFrameHeader + payload.size());
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    frame.push_back(static_cast<char>((length >> (shift - 8)) & 0xFFU));
  }
  frame.append(payload);
  return frame;
}

std::optional<std::size_t> FrameDecoder::announced() const {
  if (buffer_.size() < kFrameHeader) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kFrameHeader; ++i) {
    length = (length << 8U) | static_cast<unsigned char>(buffer_[i]);
  }
  return length;
}

Status FrameDecoder::check_header() const {
  const auto length = announced();
  if (length && (*length == 0 || *length > kMaxFrame)) return length_error(*length);
  return {};
}

Status FrameDecoder::feed(std::string_view octets) {
  CC_TRY(check_header());
  buffer_.append(octets);
  return check_header();
}

std::optional<std::string> FrameDecoder::next() {
  const auto length = announced();
  if (!length || *length == 0 || *length > kMaxFrame) return std::nullopt;
  if (buffer_.size() - kFrameHeader < *length) return std::nullopt;
  std::string payload = buffer_.substr(kFrameHeader, *length);
  buffer_.erase(0, kFrameHeader + *length);
  return payload;
}

}  // namespace certconnector::control_proto
