#include "agent/cli/paint.h"

#include <array>
#include <utility>

namespace certconnector::cli {

namespace {

// ECMA-48, SGR.
std::string_view sequence(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::good:
      return "\x1b[32m";
    case Style::warning:
      return "\x1b[33m";
    case Style::bad:
      return "\x1b[31m";
    case Style::dim:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Style style, std::string_view text) const {
  if (!color_ || style == Style::plain || text.empty()) return std::string(text);
  return std::string(sequence(style)) + std::string(text) + "\x1b[0m";
}

Style style_of(std::string_view state) {
  static constexpr std::array<std::pair<std::string_view, Style>, 18> kStyles{{
      {"ok", Style::good},
      {"healthy", Style::good},
      {"working", Style::good},
      {"succeeded", Style::good},
      {"degraded", Style::warning},
      {"paused", Style::warning},
      {"draining", Style::warning},
      {"not_enrolled", Style::warning},
      {"not set up", Style::warning},
      {"waiting", Style::warning},
      {"held", Style::warning},
      {"down", Style::bad},
      {"storage_full", Style::bad},
      {"clock_wrong", Style::bad},
      {"failed", Style::bad},
      {"dead", Style::bad},
      {"unhealthy", Style::bad},
      {"unusable", Style::bad},
  }};
  for (const auto& [name, style] : kStyles) {
    if (name == state) return style;
  }
  return Style::plain;
}

}  // namespace certconnector::cli
