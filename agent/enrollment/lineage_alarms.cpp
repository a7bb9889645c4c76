#include "agent/enrollment/lineage_alarms.h"

#include <algorithm>

#include "common/text/hex.h"

namespace certconnector::enrollment {
namespace {

struct Words {
  std::string_view code;
  std::string_view why;
};

Words words_for(core::LineageConflict why) {
  switch (why) {
    case core::LineageConflict::compromised:
      return {"lineage_compromised", "a certificate of its lineage was revoked for keyCompromise"};
    case core::LineageConflict::full:
      return {"lineage_full", "its lineage has as many certificates in force as are allowed"};
    case core::LineageConflict::too_often:
      break;
  }
  return {"renewed_too_often", "its lineage had as many renewals in a day as are allowed"};
}

std::string next_step_for(core::LineageConflict why, const std::string& serial) {
  const std::string show =
      "see who has its certificates: certconnector certs lineage show " + serial;
  if (why == core::LineageConflict::compromised) {
    return show + "; let the device enroll anew, with a challenge and a new key";
  }
  return show + "; allow one more renewal: certconnector certs lineage allow " + serial;
}

}  // namespace

void LineageAlarms::denied(const core::NewEnrollment& renewal, core::LineageConflict why) {
  if (!renewal.renewal) return;
  const std::string serial = text::to_hex(renewal.renewal->serial);
  const Words words = words_for(why);
  const std::string sentence =
      "The certificate " + serial + " does not renew: " + std::string(words.why) + ".";
  const std::string remedy = next_step_for(why, serial);
  {
    const std::lock_guard lock(mutex_);
    forget_old();
    if (Alarm* known = find(renewal)) {
      known->last = clock_.now();
      if (known->why == why) return;
      known->why = why;
      known->sentence = sentence;
      known->remedy = remedy;
    } else if (alarms_.size() < settings_.most) {
      alarms_.push_back(
          {renewal.job.job.ca, renewal.renewal->serial, why, clock_.now(), sentence, remedy});
    }
  }
  logger_.warning("lineage.at_limit", sentence + " Next: " + remedy + ".",
                  {{"service", renewal.key.service},
                   {"serial", serial},
                   {"ca", renewal.job.job.ca},
                   {"code", words.code}});
}

void LineageAlarms::begun(const core::NewEnrollment& renewal) {
  if (!renewal.renewal) return;
  const std::lock_guard lock(mutex_);
  if (const Alarm* known = find(renewal)) alarms_.erase(alarms_.begin() + (known - alarms_.data()));
}

std::optional<core::HealthFinding> LineageAlarms::finding() {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (alarms_.empty()) return std::nullopt;
  const Alarm& last =
      *std::max_element(alarms_.begin(), alarms_.end(),
                        [](const Alarm& a, const Alarm& b) { return a.last < b.last; });
  std::string message = last.sentence;
  if (alarms_.size() > 1) {
    message += " So do " + std::to_string(alarms_.size() - 1) +
               " others; the log names them (lineage.at_limit).";
  }
  return core::found(core::finding::kLineageAtLimit, "lineages", message, last.remedy);
}

void LineageAlarms::forget_old() {
  const Timestamp before = clock_.now() - settings_.lasts;
  alarms_.erase(std::remove_if(alarms_.begin(), alarms_.end(),
                               [&](const Alarm& one) { return one.last < before; }),
                alarms_.end());
}

LineageAlarms::Alarm* LineageAlarms::find(const core::NewEnrollment& renewal) {
  const auto known = std::find_if(alarms_.begin(), alarms_.end(), [&](const Alarm& one) {
    return one.ca == renewal.job.job.ca && one.serial == renewal.renewal->serial;
  });
  return known == alarms_.end() ? nullptr : &*known;
}

}  // namespace certconnector::enrollment
