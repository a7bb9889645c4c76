// Writes an object as text. Results and leases are the agent's most frequent output, and results
// its largest: a tree of values would cost several times as much, most of it for looking at base64
// octet by octet. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/json/json.h"

namespace certconnector::management {

class ObjectWriter {
 public:
  // `expected`: octets of the whole.
  explicit ObjectWriter(std::size_t expected) { text_.reserve(expected); }

  // `value` must not need escapes: hex, base64, times, names of ours.
  void plain(std::string_view name, std::string_view value) {
    begin(name);
    text_ += '"';
    text_ += value;
    text_ += '"';
  }
  void text(std::string_view name, std::string_view value) {
    begin(name);
    text_ += certconnector::json::dump_text(value);
  }
  void number(std::string_view name, std::int64_t value) {
    begin(name);
    text_ += std::to_string(value);
  }
  // `value` is JSON already.
  void json(std::string_view name, std::string_view value) {
    begin(name);
    text_ += value;
  }
  void boolean(std::string_view name, bool value) {
    begin(name);
    text_ += value ? "true" : "false";
  }
  [[nodiscard]] std::string take() && { return std::move(text_) + "}"; }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
  }

  std::string text_;
};

}  // namespace certconnector::management
