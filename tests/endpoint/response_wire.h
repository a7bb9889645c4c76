// Answers as octets, whole or spoilt on purpose.
#pragma once

#include <chrono>
#include <string>

#include "tests/endpoint/http_message.h"

namespace certconnector::endpoint {

inline constexpr std::chrono::milliseconds kDripInterval{100};

// The octets to send for every delivery but `reset`; of `endless` the head only.
[[nodiscard]] std::string to_wire(const Response& response, bool keep_alive);
// One chunk of the body that does not end.
[[nodiscard]] std::string endless_chunk();

}  // namespace certconnector::endpoint
