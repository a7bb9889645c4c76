#include "common/log/spdlog_logger.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <utility>

#include "common/text/characters.h"
#include "common/time/clock.h"
#include "common/time/rfc3339.h"

namespace certconnector::log {
namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "info";
}

// sd-daemon(3): the journal reads the priority from the head of the line.
std::string_view journal_prefix(Level level) {
  switch (level) {
    case Level::debug:
      return "<7>";
    case Level::info:
      return "<6>";
    case Level::warning:
      return "<4>";
    case Level::error:
      return "<3>";
  }
  return "<6>";
}

// The escapes of a JSON string, which serve the text format as well: no value can end a line, hide
// in one, or steer the terminal that shows it.
// Outside quotes a quotation mark stays as it is: commands in a sentence can be pasted.
enum class Inside { quotes, nothing };

bool is_plain(char c, Inside inside) {
  return c >= ' ' && c <= '~' && (inside == Inside::nothing || (c != '"' && c != '\\'));
}

// Takes what needs no escape off the front, which is the whole of most values.
std::string_view take_plain(std::string_view& value, Inside inside) {
  std::size_t size = 0;
  while (size < value.size() && is_plain(value[size], inside)) ++size;
  const std::string_view plain = value.substr(0, size);
  value.remove_prefix(size);
  return plain;
}

void append_escaped(std::string& out, std::string_view value, Inside inside) {
  for (out += take_plain(value, inside); !value.empty(); out += take_plain(value, inside)) {
    const text::Character c = text::first_character(value);
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (c.size == 0) {
      text::append_json_escape(out, static_cast<unsigned char>(value.front()));
    } else if (text::is_misleading(c.code)) {
      text::append_json_escape(out, c.code);
    } else {
      if (inside == Inside::quotes && (c.code == '"' || c.code == '\\')) out += '\\';
      out += value.substr(0, size);
    }
    value.remove_prefix(size);
  }
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  append_escaped(out, value, Inside::quotes);
  out += '"';
}

// A field without a value says nothing.
bool is_empty(const Field& field) {
  const auto* value = std::get_if<std::string>(&field.value);
  return value != nullptr && value->empty();
}

bool needs_quotes(std::string_view value) {
  return value.find_first_of(" \"=\\") != std::string_view::npos;
}

void append_text_field(std::string& out, const Field& field) {
  out += ' ';
  out += field.key;
  out += '=';
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
    return;
  }
  const auto& value = std::get<std::string>(field.value);
  if (needs_quotes(value)) {
    append_quoted(out, value);
  } else {
    append_escaped(out, value, Inside::nothing);
  }
}

void append_json_field(std::string& out, const Field& field) {
  out += ',';
  append_quoted(out, field.key);
  out += ':';
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else {
    append_quoted(out, std::get<std::string>(field.value));
  }
}

constexpr std::size_t kUsualLine = 512;  // octets

Timestamp wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string text_line(bool with_time, Level level, std::string_view event, std::string_view message,
                      Fields fields) {
  std::string out;
  out.reserve(kUsualLine);
  if (with_time) out += to_rfc3339_millis(wall_now()) + ' ' + std::string(level_name(level)) + ' ';
  append_escaped(out, message, Inside::nothing);
  out += " event=";
  out += event;
  for (const Field& field : fields) {
    if (!is_empty(field)) append_text_field(out, field);
  }
  return out;
}

std::string json_line(Level level, std::string_view event, std::string_view message,
                      Fields fields) {
  std::string out;
  out.reserve(kUsualLine);
  out += R"({"time":")" + to_rfc3339_millis(wall_now()) + R"(","level":")";
  out += level_name(level);
  out += R"(","event":)";
  append_quoted(out, event);
  out += R"(,"message":)";
  append_quoted(out, message);
  for (const Field& field : fields) {
    if (!is_empty(field)) append_json_field(out, field);
  }
  out += '}';
  return out;
}

std::shared_ptr<spdlog::sinks::sink> make_sink(const LogOptions& options) {
  if (options.file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::file_event_handlers handlers;
  if (options.may_open) {
    handlers.before_open = [may_open = options.may_open](const spdlog::filename_t& file) {
      const Status may = may_open(std::filesystem::path(file).u8string());
      if (!may.ok()) throw spdlog::spdlog_ex(may.error().message());
    };
  }
  if (options.opened) {
    handlers.after_open = [opened = options.opened](const spdlog::filename_t& file,
                                                    std::FILE* stream) {
      const Status taken = opened(std::filesystem::path(file).u8string(), stream);
      if (!taken.ok()) throw spdlog::spdlog_ex(taken.error().message());
    };
  }
  // spdlog takes names as the system has them: UTF-16 on Windows.
  const spdlog::filename_t name = std::filesystem::u8path(options.file).native();
  if (options.rotate_bytes == 0) {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(name, false, handlers);
  }
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(name, options.rotate_bytes,
                                                                options.keep, false, handlers);
}

// The same line ends on every system: files go from one to another.
std::unique_ptr<spdlog::formatter> whole_line() {
  return std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n");
}

Error cannot_open(const std::string& file, const spdlog::spdlog_ex& why) {
  return {LogErrc::cannot_open, ErrorKind::permanent,
          "cannot open the log file " + file + ": " + why.what()};
}

using Sinks = spdlog::sinks::dist_sink_mt;  // with one sink, which reopen() replaces

class LineLogger final : public SpdlogLogger {
 public:
  // Throws spdlog_ex when the file cannot be opened.
  explicit LineLogger(LogOptions options)
      : options_(std::move(options)),
        sinks_(std::make_shared<Sinks>(std::vector<spdlog::sink_ptr>{make_sink(options_)})),
        out_("certconnector", sinks_) {
    out_.set_formatter(whole_line());
    // A line that is kept back is lost with the process.
    out_.flush_on(spdlog::level::trace);
    out_.set_error_handler([this](const std::string& cause) { failed(cause); });
    set_level(options_.level);
  }

  [[nodiscard]] bool enabled(Level level) const override {
    return out_.should_log(to_spdlog(level));
  }

  void write(Level level, std::string_view event, std::string_view message,
             Fields fields) override {
    if (!enabled(level)) return;
    if (options_.beside)
      options_.beside(level, event, text_line(false, level, event, message, fields));
    // Before a line takes its time, so that lines stand in the order of their times.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (put(level, line(level, event, message, fields))) {
      tell_what_was_lost();
    } else {
      ++lost_;
    }
  }

  void set_level(Level level) override { out_.set_level(to_spdlog(level)); }

  Status reopen() override {
    if (options_.file.empty()) return {};
    try {
      auto sink = make_sink(options_);
      sink->set_formatter(whole_line());
      const std::lock_guard<std::mutex> lock(mutex_);
      sinks_->set_sinks({std::move(sink)});
      cut_ = false;
      return {};
    } catch (const spdlog::spdlog_ex& e) {
      return cannot_open(options_.file, e);
    }
  }

  [[nodiscard]] std::string trouble() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return cause_;
  }

  void try_again() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    tell_what_was_lost();
  }

 private:
  static spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
      case Level::debug:
        return spdlog::level::debug;
      case Level::info:
        return spdlog::level::info;
      case Level::warning:
        return spdlog::level::warn;
      case Level::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
  }

  [[nodiscard]] std::string line(Level level, std::string_view event, std::string_view message,
                                 Fields fields) const {
    std::string text = options_.format == Format::json
                           ? json_line(level, event, message, fields)
                           : text_line(!to_journal(), level, event, message, fields);
    if (to_journal()) text.insert(0, journal_prefix(level));
    return text;
  }

  [[nodiscard]] bool to_journal() const { return options_.journal && options_.file.empty(); }

  // Under the mutex, as the functions below. The written part of a lost line stands before it.
  bool put(Level level, const std::string& text) {
    failed_ = false;
    out_.log(to_spdlog(level), cut_ ? "\n" + text : text);
    cut_ = failed_;
    if (!failed_) cause_.clear();
    return !failed_;
  }

  void tell_what_was_lost() {
    if (lost_ == 0) return;
    const bool told =
        put(Level::warning, line(Level::warning, "log.lost",
                                 "Lines of this log could not be written.", {{"lines", lost_}}));
    if (told) lost_ = 0;
  }

  // spdlog calls it.
  void failed(const std::string& cause) {
    failed_ = true;
    if (!cause_.empty()) return;
    cause_ = cause;
    const std::string told = "The log file cannot be written: " + cause_ + " event=log.failing";
    std::fprintf(stderr, "%s%s\n",
                 options_.journal ? std::string(journal_prefix(Level::error)).c_str() : "",
                 told.c_str());
  }

  const LogOptions options_;
  const std::shared_ptr<Sinks> sinks_;
  spdlog::logger out_;
  mutable std::mutex mutex_;
  bool failed_ = false;     // the line of this call
  bool cut_ = false;        // the file may end with a part of a line
  std::uint64_t lost_ = 0;  // lines since the last one that was written
  std::string cause_;
};

}  // namespace

ErrorCode error_code(LogErrc errc) {
  switch (errc) {
    case LogErrc::cannot_open:
      return {"log", "cannot_open"};
  }
  return {"log", "unknown"};
}

Result<std::unique_ptr<SpdlogLogger>> make_logger(const LogOptions& options) {
  try {
    return std::unique_ptr<SpdlogLogger>(std::make_unique<LineLogger>(options));
  } catch (const spdlog::spdlog_ex& e) {
    return cannot_open(options.file, e);
  }
}

}  // namespace certconnector::log
