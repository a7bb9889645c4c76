#include "agent/ca/local/validity.h"

#include <algorithm>

#include "agent/core/failure_codes.h"
#include "common/crypto/name_value_pairs.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {
namespace {

std::string words(std::chrono::seconds span) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kHour = 3600;
  const std::int64_t count = span.count();
  const auto of = [](std::int64_t n, const char* unit) {
    return std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
  };
  if (count >= kDay && count % kDay == 0) return of(count / kDay, "day");
  if (count >= kHour && count % kHour == 0) return of(count / kHour, "hour");
  return of(count, "second");
}

void add_note(std::string& note, const std::string& text) {
  if (!note.empty()) note += "; ";
  note += text;
}

}  // namespace

std::optional<std::chrono::seconds> requested_validity(const core::Submission& submission) {
  if (submission.validity) return submission.validity;
  const auto pairs = crypto::name_value_pairs(*submission.request);
  if (!pairs.ok() || pairs->empty()) return std::nullopt;
  const auto period = crypto::requested_period(*pairs);
  if (!period.ok() || !*period) return std::nullopt;
  return (*period)->length();
}

std::variant<Validity, core::Failed> decide_validity(
    const TemplateSettings& settings, const std::optional<std::chrono::seconds>& requested,
    Timestamp ca_not_before, Timestamp ca_not_after, Timestamp now) {
  if (requested && requested->count() <= 0) {
    return core::failed(core::failure::kValidityNotPossible,
                        "the job asks for a validity of " + words(*requested) +
                            "; ask for a positive one or for none");
  }
  Validity validity;
  std::chrono::seconds span = settings.validity;
  if (requested && *requested > span) {
    add_note(validity.note,
             "asked for " + words(*requested) + ", the template allows " + words(span));
  } else if (requested && *requested < span && !settings.requester_validity) {
    add_note(validity.note, "asked for " + words(*requested) + ", the template does not let " +
                                "requesters choose and gives " + words(span));
  } else if (requested) {
    span = *requested;
  }
  const Timestamp second = std::chrono::floor<std::chrono::seconds>(now);
  validity.not_before = std::max(second - Duration(settings.backdate), ca_not_before);
  // Seconds are compared, since milliseconds since 1970 cannot hold every span that a job may name.
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(ca_not_after - second);
  if (span > left) {
    validity.not_after = ca_not_after;
    add_note(validity.note, "ends with the CA's own certificate, on " + to_rfc3339(ca_not_after));
  } else {
    validity.not_after = second + Duration(span);
  }
  return validity;
}

}  // namespace certconnector::ca
