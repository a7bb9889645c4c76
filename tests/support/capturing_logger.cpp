#include "tests/support/capturing_logger.h"

#include <algorithm>
#include <cstdint>

namespace certconnector::testing {
namespace {

std::string text_of(const log::Field& field) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return std::to_string(*number);
  return std::get<std::string>(field.value);
}

bool record_contains(const LogRecord& record, std::string_view text) {
  const auto has = [text](const std::string& s) { return s.find(text) != std::string::npos; };
  return has(record.event) || has(record.message) ||
         std::any_of(record.fields.begin(), record.fields.end(),
                     [&](const auto& field) { return has(field.first) || has(field.second); });
}

}  // namespace

std::string LogRecord::field(std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == key; });
  return found == fields.end() ? std::string() : found->second;
}

void CapturingLogger::write(log::Level level, std::string_view event, std::string_view message,
                            log::Fields fields) {
  LogRecord record{level, std::string(event), std::string(message), {}};
  for (const log::Field& field : fields) record.fields.emplace_back(field.key, text_of(field));
  const std::lock_guard<std::mutex> lock(mutex_);
  records_.push_back(std::move(record));
}

std::vector<LogRecord> CapturingLogger::records() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return records_;
}

std::vector<LogRecord> CapturingLogger::records(std::string_view event) const {
  std::vector<LogRecord> found = records();
  found.erase(std::remove_if(found.begin(), found.end(),
                             [&](const LogRecord& record) { return record.event != event; }),
              found.end());
  return found;
}

bool CapturingLogger::contains(std::string_view text) const {
  const std::vector<LogRecord> all = records();
  return std::any_of(all.begin(), all.end(),
                     [&](const LogRecord& record) { return record_contains(record, text); });
}

void CapturingLogger::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  records_.clear();
}

}  // namespace certconnector::testing
