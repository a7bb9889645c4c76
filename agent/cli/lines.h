// Prints one object in full: a label and its value in each line.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::cli {

class Lines {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}
  // Nothing when there is no text, which is safe for a terminal.
  void add(std::string_view label, const std::string& text);
  void add(std::string_view label, const std::optional<Timestamp>& time, Timestamp now);

 private:
  std::ostream& out_;
};

}  // namespace certconnector::cli
