// Colour for a terminal, or none.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::cli {

enum class Style { plain, bold, good, warning, bad, dim };

class Paint {
 public:
  explicit Paint(bool color) : color_(color) {}
  [[nodiscard]] std::string operator()(Style style, std::string_view text) const;

 private:
  bool color_;
};

// Of a health level, a run state or a job state, as the agent names it.
[[nodiscard]] Style style_of(std::string_view state);

}  // namespace certconnector::cli
