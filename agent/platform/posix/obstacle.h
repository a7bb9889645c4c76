#pragma once

#include <optional>
#include <string>

#include "common/result/error.h"

namespace certconnector::platform {

enum class Wanted { file, folder };

// Says what stands at `path`, or on the way to it, where something else belongs: a link that leads
// nowhere, a FIFO, a file in a folder's place; and what to do (malformed). A device is as good as a
// file. Nothing: what is wanted is there, nothing is, or this process may not look. It gives no
// command behind a link that others than root may have put there. Thread-safe.
[[nodiscard]] std::optional<Error> obstacle(const std::string& path, Wanted wanted);

}  // namespace certconnector::platform
