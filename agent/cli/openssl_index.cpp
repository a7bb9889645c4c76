#include "agent/cli/openssl_index.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/cli/caller_files.h"
#include "common/time/rfc3339.h"

namespace certconnector::cli {
namespace {

Error unreadable(const std::string& what) {
  return {FileErrc::unreadable, ErrorKind::permanent, what};
}

std::vector<std::string_view> split_index(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ.
Result<Timestamp> parse_index_time(std::string_view text) {
  constexpr std::size_t kShort = 13;
  std::string digits(text);
  if (digits.size() == kShort) digits.insert(0, digits < "5" ? "20" : "19");
  if (digits.size() != kShort + 2) return unreadable("'" + std::string(text) + "' is no time");
  constexpr std::array<std::pair<std::size_t, char>, 5> kMarks{
      {{12, ':'}, {10, ':'}, {8, 'T'}, {6, '-'}, {4, '-'}}};
  for (const auto& [place, mark] : kMarks) digits.insert(place, 1, mark);
  const auto time = from_rfc3339(digits);
  if (!time) return unreadable("'" + std::string(text) + "' is no time");
  return *time;
}

// As `openssl ca -crl_reason` and its relatives write them.
std::optional<std::string> parse_reason(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNames{
      {{"", ""},
       {"unspecified", ""},
       {"keyCompromise", "keyCompromise"},
       {"CACompromise", "cACompromise"},
       {"affiliationChanged", "affiliationChanged"},
       {"superseded", "superseded"},
       {"cessationOfOperation", "cessationOfOperation"},
       {"certificateHold", "certificateHold"},
       {"removeFromCRL", "removeFromCRL"},
       {"holdInstruction", "certificateHold"},
       {"keyTime", "keyCompromise"},
       {"CAkeyTime", "cACompromise"}}};
  for (const auto& [written, reason] : kNames) {
    if (name == written) return std::string(reason);
  }
  return std::nullopt;
}

Status parse_revocation(std::string_view text, IndexLine& line) {
  const auto parts = split_index(text, ',');
  CC_TRY_ASSIGN(line.revoked_at, parse_index_time(parts.front()));
  if (parts.size() == 1) return {};
  const auto reason = parse_reason(parts[1]);
  if (!reason) return unreadable("'" + std::string(parts[1]) + "' is no reason of a revocation");
  line.reason = *reason;
  const bool dated = parts[1] == "keyTime" || parts[1] == "CAkeyTime";
  if (!dated || parts.size() == 2) return {};
  CC_TRY_ASSIGN(line.invalidity_date, parse_index_time(parts[2]));
  return {};
}

bool is_serial(std::string_view text) {
  constexpr std::size_t kMaxDigits = 42;
  const bool hex = text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return hex && !text.empty() && text.size() <= kMaxDigits &&
         text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

Result<std::optional<IndexLine>> parse_index_line(std::string_view text) {
  constexpr std::size_t kFields = 6;
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.empty() || text.front() == '#') return std::optional<IndexLine>();
  const auto fields = split_index(text, '\t');
  if (fields.size() < kFields) return unreadable("it has less than 6 fields");
  IndexLine line;
  if (fields[0] == "R") {
    line.state = IndexLine::State::revoked;
  } else if (fields[0] == "E") {
    line.state = IndexLine::State::expired;
  } else if (fields[0] != "V") {
    return unreadable("it begins with neither V, R nor E");
  }
  CC_TRY_ASSIGN(line.not_after, parse_index_time(fields[1]));
  if (line.state == IndexLine::State::revoked) CC_TRY(parse_revocation(fields[2], line));
  if (!is_serial(fields[3])) {
    return unreadable("'" + std::string(fields[3]) + "' is no serial number in hexadecimal");
  }
  line.serial = fields[3];
  return std::make_optional(std::move(line));
}

}  // namespace certconnector::cli
