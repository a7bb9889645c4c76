// Splits a JSON object or array into the texts of its members or items without looking into them,
// so that one bad item does not spoil its neighbors. Callers then parse each part (json.h), which
// tells whether it is JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"

namespace certconnector::json {

struct Member {
  std::string name;
  std::string_view value;  // looks into the text given
};

// JsonErrc::malformed when the brackets, strings, commas and colons of this level do not fit. A
// name that is there twice comes twice.
[[nodiscard]] Result<std::vector<Member>> split_object(std::string_view text);
[[nodiscard]] Result<std::vector<std::string_view>> split_array(std::string_view text);

}  // namespace certconnector::json
