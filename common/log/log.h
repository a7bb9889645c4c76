// The logging facade: a sentence for a person plus fields for a machine. Thread-safe.
//
// Fields are built by the caller and must never hold a key, a challenge password, a token or a
// proxy password. Line breaks and control characters in values are escaped, so input cannot forge a
// line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/result/error.h"

namespace certconnector::log {

enum class Level { debug, info, warning, error };

// Standard keys: job, correlation, ca, code, kind, attempt, serial, agent.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  template <typename Int, typename = std::enable_if_t<std::is_integral_v<Int>>>
  Field(std::string_view k, Int v) : key(k), value(static_cast<std::int64_t>(v)) {}

  std::string_view key;
  std::variant<std::string, std::int64_t> value;
};

using Fields = std::initializer_list<Field>;

// The port. `event` is a stable dotted name ("job.issued"); `message` is the sentence.
class Logger {
 public:
  virtual ~Logger() = default;

  [[nodiscard]] virtual bool enabled(Level level) const = 0;
  virtual void write(Level level, std::string_view event, std::string_view message,
                     Fields fields) = 0;

  void debug(std::string_view event, std::string_view message, Fields fields = {}) {
    if (enabled(Level::debug)) write(Level::debug, event, message, fields);
  }
  void info(std::string_view event, std::string_view message, Fields fields = {}) {
    if (enabled(Level::info)) write(Level::info, event, message, fields);
  }
  void warning(std::string_view event, std::string_view message, Fields fields = {}) {
    write(Level::warning, event, message, fields);
  }
  void error(std::string_view event, std::string_view message, Fields fields = {}) {
    write(Level::error, event, message, fields);
  }
};

// Writes nothing: for tests and tools.
class NullLogger final : public Logger {
 public:
  [[nodiscard]] bool enabled(Level) const override { return false; }
  void write(Level, std::string_view, std::string_view, Fields) override {}
};

}  // namespace certconnector::log
