#include "agent/control/job_filter_values.h"

#include <charconv>

#include "agent/control/request_errors.h"

namespace certconnector::control {
namespace {

bool is_fingerprint(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<std::optional<core::CaFingerprint>> parse_ca(const std::optional<std::string>& ca,
                                                    const CaNames& names) {
  if (!ca) return std::optional<core::CaFingerprint>{};
  for (const auto& [fingerprint, name] : names) {
    if (name == *ca) return std::optional<core::CaFingerprint>(fingerprint);
  }
  if (is_fingerprint(*ca)) return ca;
  return Error(RequestErrc::no_such_ca, ErrorKind::permanent,
               "the agent has no CA named '" + *ca + "'");
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

Result<std::optional<core::JobTicket>> parse_ticket(const std::optional<std::string>& text) {
  if (!text) return std::optional<core::JobTicket>{};
  const auto value = parse_number(*text);
  if (!value) return bad_value("'" + *text + "' is not the `next` of a page before");
  return std::optional<core::JobTicket>(core::JobTicket{*value});
}

}  // namespace certconnector::control
