#include "agent/cli/lines.h"

#include <algorithm>
#include <ostream>

#include "agent/cli/relative_time.h"

namespace certconnector::cli {

void Lines::add(std::string_view label, const std::string& text) {
  constexpr std::size_t kLabelWidth = 14;
  if (text.empty()) return;
  out_ << label << std::string(kLabelWidth - std::min(kLabelWidth, label.size()), ' ') << text
       << '\n';
}

void Lines::add(std::string_view label, const std::optional<Timestamp>& time, Timestamp now) {
  if (time) add(label, absolute(*time) + " (" + relative(*time, now) + ")");
}

}  // namespace certconnector::cli
