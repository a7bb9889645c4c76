#pragma once

#include <string>

namespace certconnector::cloud {

// An endpoint's own words for a person, fit for our messages: no control characters, at most a few
// hundred octets.
[[nodiscard]] std::string clean_words(std::string words);

}  // namespace certconnector::cloud
