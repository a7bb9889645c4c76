// Octets over one local connection: a Unix socket, a named pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "agent/control/peer_check.h"
#include "common/result/result.h"

namespace certconnector::control {

// The port; one thread at a time. Its end hangs up.
class OctetStream {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  virtual ~OctetStream() = default;
  // Waits for octets and gives how many came, at most `size`; 0: the other side closed. Errors:
  // timed_out, stopped, failed.
  [[nodiscard]] virtual Result<std::size_t> receive(char* octets, std::size_t size,
                                                    Deadline deadline) = 0;
  // Waits for room, and gives how many octets it took, at least one. Errors: closed as well.
  [[nodiscard]] virtual Result<std::size_t> send(std::string_view octets, Deadline deadline) = 0;
  [[nodiscard]] virtual const ConnectedPeer& peer() const = 0;
};

}  // namespace certconnector::control
