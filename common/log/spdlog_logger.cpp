#include "common/log/spdlog_logger.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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
void append_escaped(std::string& out, std::string_view value, Inside inside) {
  while (!value.empty()) {
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

Timestamp wall_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string text_line(bool with_time, Level level, std::string_view event, std::string_view message,
                      Fields fields) {
  std::string out;
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
  std::string out = R"({"time":")" + to_rfc3339_millis(wall_now()) + R"(","level":")";
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

class LineLogger final : public SpdlogLogger {
 public:
  LineLogger(std::shared_ptr<spdlog::logger> sink, const LogOptions& options)
      : sink_(std::move(sink)), format_(options.format), journal_(options.journal) {
    sink_->set_pattern("%v");
    set_level(options.level);
  }

  [[nodiscard]] bool enabled(Level level) const override {
    return sink_->should_log(to_spdlog(level));
  }

  void write(Level level, std::string_view event, std::string_view message,
             Fields fields) override {
    if (!enabled(level)) return;
    std::string line = format_ == Format::json
                           ? json_line(level, event, message, fields)
                           : text_line(!journal_, level, event, message, fields);
    if (journal_) line.insert(0, journal_prefix(level));
    sink_->log(to_spdlog(level), spdlog::string_view_t(line));
  }

  void set_level(Level level) override { sink_->set_level(to_spdlog(level)); }

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

  std::shared_ptr<spdlog::logger> sink_;
  Format format_;
  bool journal_;
};

std::shared_ptr<spdlog::sinks::sink> make_sink(const LogOptions& options) {
  if (options.file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::file_event_handlers handlers;
  if (options.opened) {
    handlers.after_open = [opened = options.opened](const spdlog::filename_t& file, std::FILE*) {
      opened(file);
    };
  }
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.file, options.rotate_bytes,
                                                                options.keep, false, handlers);
}

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
    auto sink = std::make_shared<spdlog::logger>("certconnector", make_sink(options));
    // A line that is kept back is lost with the process.
    sink->flush_on(spdlog::level::trace);
    return std::unique_ptr<SpdlogLogger>(std::make_unique<LineLogger>(std::move(sink), options));
  } catch (const spdlog::spdlog_ex& e) {
    return Error(LogErrc::cannot_open, ErrorKind::permanent,
                 "cannot open the log file " + options.file + ": " + e.what());
  }
}

}  // namespace certconnector::log
