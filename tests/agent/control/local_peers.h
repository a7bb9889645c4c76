// Ends of a local connection that say what a test wants, or nothing.
#pragma once

#include <memory>
#include <string>

#include "agent/control/octet_stream.h"

namespace certconnector::testing {

// Null, and a failed test, when nobody listens.
[[nodiscard]] std::unique_ptr<control::OctetStream> connect_raw(const std::string& address);

// Lets clients connect, and never answers, until it is destroyed.
[[nodiscard]] std::shared_ptr<void> listen_in_silence(const std::string& address);

}  // namespace certconnector::testing
