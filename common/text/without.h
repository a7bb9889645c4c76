// Words of another party, on their way to a log or a report.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::text {

// The words, or a sentence in their place where they hold the secret (a challenge password). An
// empty secret is in no words.
[[nodiscard]] std::string without(std::string_view secret, std::string words);

}  // namespace certconnector::text
