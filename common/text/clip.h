// Texts for a person, cut to a length that a store or a message takes.
#pragma once

#include <cstddef>
#include <string_view>

namespace certconnector {

// At most `max` octets of a UTF-8 text, cut between characters.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t max);

}  // namespace certconnector
