// What ended the agent that runs no more, in a file for the CLI. Pure text; nothing here looks at
// the disk. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace certconnector::platform {

struct LastFailure {
  std::string when;      // RFC 3339
  int exit_code = 0;     // see certconnectord(8)
  bool service = false;  // a service manager had started it, so that its journal has the log
  std::string message;   // what was wrong and what mends it; holds no secret
};

// Its name in the state folder and in the folder of the control socket.
inline constexpr const char* kLastFailureFile = "last-failure";
inline constexpr std::size_t kMaxLastFailure = 16384;  // octets

// At most kMaxLastFailure octets; a longer message is cut.
[[nodiscard]] std::string encode(const LastFailure& failure);
// Nothing where the text is none of encode(). It may be anyone's: escape what is printed of it.
[[nodiscard]] std::optional<LastFailure> decode_last_failure(std::string_view text);

}  // namespace certconnector::platform
