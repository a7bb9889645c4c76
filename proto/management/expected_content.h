// Reads what a certificate is to hold, as jobs and challenges say it. Only the codecs use it.
#pragma once

#include <optional>
#include <string>

#include "proto/json/fields.h"
#include "proto/management/messages.h"

namespace certconnector::management {

inline constexpr json::TextRule kTemplate = {1, 64, json::is_name_character, "A-Z a-z 0-9 . _ -"};
inline constexpr json::TextRule kDistinguishedName = {0, 4096};

// An absent field gives an empty value; members that are not known are problems.
[[nodiscard]] ExpectedContent read_expected(const json::Field& field);
[[nodiscard]] std::optional<std::string> read_sid(const json::Field& field);

}  // namespace certconnector::management
