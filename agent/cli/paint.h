// How output looks: in color or not, and how wide.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certconnector::cli {

enum class Style { plain, bold, good, warning, bad, dim };

// Columns where the screen does not say.
inline constexpr std::size_t kScreenWidth = 100;

class Paint {
 public:
  explicit Paint(bool color, std::size_t width = kScreenWidth) : color_(color), width_(width) {}
  [[nodiscard]] std::string operator()(Style style, std::string_view text) const;
  // Columns that a table may take.
  [[nodiscard]] std::size_t width() const { return width_; }

 private:
  bool color_;
  std::size_t width_;
};

// Of a health level, a run state or a job state, as the agent names it.
[[nodiscard]] Style style_of(std::string_view state);

}  // namespace certconnector::cli
