// A logger that keeps its records, for tests of what is logged and of what must never be.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/log/log.h"

namespace certconnector::testing {

struct LogRecord {
  log::Level level = log::Level::info;
  std::string event;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // numbers as text

  // The value of a field; empty when there is none.
  [[nodiscard]] std::string field(std::string_view key) const;
};

// Thread-safe.
class CapturingLogger final : public log::Logger {
 public:
  [[nodiscard]] bool enabled(log::Level /*level*/) const override { return true; }
  void write(log::Level level, std::string_view event, std::string_view message,
             log::Fields fields) override;

  [[nodiscard]] std::vector<LogRecord> records() const;
  [[nodiscard]] std::vector<LogRecord> records(std::string_view event) const;
  [[nodiscard]] std::size_t count(std::string_view event) const { return records(event).size(); }
  // Whether `text` is anywhere in what was logged: to show that a secret is not.
  [[nodiscard]] bool contains(std::string_view text) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<LogRecord> records_;
};

}  // namespace certconnector::testing
