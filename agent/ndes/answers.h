// The HTTP answers of the NDES service: JSON, and problems of RFC 9457.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/core/job.h"
#include "common/http/message.h"
#include "common/result/error.h"

namespace certconnector::ndes {

inline constexpr std::chrono::seconds kComeAgain{30};

[[nodiscard]] http::Response answer(const std::string& body);
[[nodiscard]] http::Response problem(unsigned status, std::string code, std::string detail);
// 404 with the versions of the protocol that there are.
[[nodiscard]] http::Response unsupported_version();
// 503 with Retry-After.
[[nodiscard]] http::Response not_now(const std::string& why,
                                     std::chrono::seconds after = kComeAgain);
[[nodiscard]] http::Response bad_request(const Error& error);
// Nothing: verified.
[[nodiscard]] http::Response verified(const std::optional<core::Failed>& denied);

}  // namespace certconnector::ndes
