// The logger of the programs: spdlog behind the facade. spdlog stays out of every other header.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/log/log.h"
#include "common/result/result.h"

namespace certconnector::log {

enum class Format { text, json };

struct LogOptions {
  Level level = Level::info;
  Format format = Format::text;
  std::string file;  // empty: standard error
  // Called before a log file is opened, also at a rotation: its error is that of the opening. From
  // any thread.
  std::function<Status(const std::string& file)> may_open = nullptr;
  // Called with each log file that was opened, also after a rotation: for who may read it. Its
  // error is that of the opening: no line is written then. From any thread; must not throw.
  std::function<Status(const std::string& file, std::FILE* opened)> opened = nullptr;
  // At this size the file becomes file.1, file.1 becomes file.2, ... `keep` old ones stay. 0: it
  // grows; where no file can be renamed, the rotation would empty it.
  std::size_t rotate_bytes = std::size_t{10} * 1024 * 1024;
  std::size_t keep = 5;
  // Standard error is the journal: lines on it have "<6>" priorities (sd-daemon(3)) and no times.
  bool journal = false;
  // Called with each line besides, which has no time, whether the log can be written or not. From
  // any thread; must not throw.
  std::function<void(Level level, std::string_view event, const std::string& line)> beside =
      nullptr;
};

enum class LogErrc { cannot_open };
[[nodiscard]] ErrorCode error_code(LogErrc errc);

// The level can be changed while it runs. Lines have the order of their times.
class SpdlogLogger : public Logger {
 public:
  virtual void set_level(Level level) = 0;
  // Goes on in the file of the configured name, for whoever moves log files. Errors: cannot_open;
  // the open one is written on.
  virtual Status reopen() = 0;
  // Why the last line could not be written; empty: it was.
  [[nodiscard]] virtual std::string trouble() const = 0;
  // Where lines were lost: tries to say so in the log.
  virtual void try_again() = 0;
};
[[nodiscard]] Result<std::unique_ptr<SpdlogLogger>> make_logger(const LogOptions& options);

}  // namespace certconnector::log
