#include "agent/platform/last_failure.h"

#include <charconv>

namespace certconnector::platform {
namespace {

constexpr std::string_view kService = "service";
constexpr std::string_view kProgram = "program";

// The text up to `end`, which is taken out with it.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return word;
}

bool is_time(std::string_view word) {
  return word.size() >= 20 && word.size() <= 24 && word[10] == 'T' && word.back() == 'Z' &&
         word.find_first_not_of("0123456789-:.TZ") == std::string_view::npos;
}

}  // namespace

// "2026-11-30T15:00:00Z 78 service", a line break, and the message.
std::string encode(const LastFailure& failure) {
  std::string text = failure.when + " " + std::to_string(failure.exit_code) + " ";
  text += failure.service ? kService : kProgram;
  return (text + "\n" + failure.message).substr(0, kMaxLastFailure);
}

std::optional<LastFailure> decode_last_failure(std::string_view text) {
  if (text.size() > kMaxLastFailure) return std::nullopt;
  LastFailure failure;
  failure.when = take(text, ' ');
  const std::string_view code = take(text, ' ');
  const std::string_view started_by = take(text, '\n');
  const auto number = std::from_chars(code.data(), code.data() + code.size(), failure.exit_code);
  const bool known = started_by == kService || started_by == kProgram;
  if (!is_time(failure.when) || !known || number.ec != std::errc() ||
      number.ptr != code.data() + code.size()) {
    return std::nullopt;
  }
  failure.service = started_by == kService;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  failure.message = text;
  return failure;
}

}  // namespace certconnector::platform
