#include "agent/control/framed_stream.h"

#include <array>
#include <chrono>

#include "agent/control/transport_errors.h"

namespace certconnector::control {

namespace {

constexpr std::size_t kReadSize = std::size_t{16} * 1024;

}  // namespace

Result<std::size_t> FramedStream::receive(OctetStream::Deadline deadline) {
  std::array<char, kReadSize> octets{};
  CC_TRY_ASSIGN(const std::size_t size, stream_->receive(octets.data(), octets.size(), deadline));
  CC_TRY(decoder_.feed({octets.data(), size}));
  return size;
}

Result<std::optional<std::string>> FramedStream::read(Duration first, Duration rest) {
  auto deadline = std::chrono::steady_clock::now() + (decoder_.in_frame() ? rest : first);
  while (true) {
    if (auto payload = decoder_.next()) return payload;
    const bool had_begun = decoder_.in_frame();
    CC_TRY_ASSIGN(const std::size_t count, receive(deadline));
    if (count == 0 && had_begun) {
      return Error(TransportErrc::closed, ErrorKind::transient,
                   "the other side hung up in the middle of a message");
    }
    if (count == 0) return std::optional<std::string>{};
    if (!had_begun) deadline = std::chrono::steady_clock::now() + rest;
  }
}

Status FramedStream::write(std::string_view payload, Duration limit) {
  CC_TRY_ASSIGN(const std::string frame, control_proto::encode_frame(payload));
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string_view left = frame;
  while (!left.empty()) {
    CC_TRY_ASSIGN(const std::size_t count, stream_->send(left, deadline));
    left.remove_prefix(count);
  }
  return {};
}

}  // namespace certconnector::control
