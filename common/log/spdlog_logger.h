// The logger of the programs: spdlog behind the facade. spdlog stays out of every other header.
#pragma once

#include <memory>
#include <string>

#include "common/log/log.h"
#include "common/result/result.h"

namespace certconnector::log {

enum class Format { text, json };

struct LogOptions {
  Level level = Level::info;
  Format format = Format::text;
  std::string file;                          // empty: standard error
  std::size_t rotate_bytes = 10 * 1024 * 1024;  // then file, file.1, ... `keep` old ones
  std::size_t keep = 5;
  bool journal = false;  // on standard error: "<6>" priorities (sd-daemon(3)) and no time stamps of our own
};

enum class LogErrc { cannot_open };
[[nodiscard]] ErrorCode error_code(LogErrc errc);

// Files are made with mode 0640. The level can be changed while it runs.
class SpdlogLogger : public Logger {
 public:
  virtual void set_level(Level level) = 0;
};
[[nodiscard]] Result<std::unique_ptr<SpdlogLogger>> make_logger(const LogOptions& options);

}  // namespace certconnector::log
