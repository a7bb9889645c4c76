#include "agent/enrollment/rules/supersede_rules.h"

#include <algorithm>

#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

// Between two looks. What changes without a look, such as the settings, counts after this time.
constexpr Duration kLookEvery = std::chrono::hours(24);

SupersedeStep look_again(Timestamp at) { return {SupersedeStep::Choice::look_again, at, {}}; }

// From then on the device has had long enough to ask again; nothing: nobody knows.
std::optional<Timestamp> arrived_at(const Successor& one, Timestamp now) {
  if (one.used) return now;
  if (!one.given || !one.terms->after) return std::nullopt;
  return *one.given + *one.terms->after;
}

std::string in_words(const Successor& one) {
  std::string text =
      "The certificate with the serial number " + text::to_hex(one.serial) + " renewed this one. ";
  if (one.used) return text + "Its key has signed a request, so the device has it.";
  return text + "The device got it at " + to_rfc3339(*one.given) + " and did not ask again.";
}

SupersedeStep step_for_successors(const SupersededFacts& facts, Timestamp now) {
  const Successor* last = nullptr;
  Timestamp again = now;
  for (const Successor& one : facts.successors) {
    if (one.standing != Standing::in_force) continue;
    if (one.terms == nullptr) return look_again(now + kLookEvery);
    const auto arrived = arrived_at(one, now);
    if (!arrived) return look_again(now + kLookEvery);
    again = std::max(again, *arrived);
    last = &one;
  }
  if (last == nullptr) return {};
  if (again > now) return look_again(std::min(again, now + kLookEvery));
  return {SupersedeStep::Choice::revoke, now, in_words(*last)};
}

}  // namespace

Standing standing_of(Timestamp not_after, const std::optional<core::RevocationRecord>& revoked,
                     Timestamp now) {
  if (not_after <= now) return Standing::over;
  if (!revoked) return Standing::in_force;
  const bool hold = revoked->reason == core::RevocationReason::certificate_hold;
  return hold ? Standing::on_hold : Standing::over;
}

SupersedeStep supersede_step(const SupersededFacts& facts, Timestamp now) {
  if (facts.standing == Standing::over) return {};
  const bool on_hold =
      facts.standing == Standing::on_hold ||
      std::any_of(facts.successors.begin(), facts.successors.end(),
                  [](const Successor& one) { return one.standing == Standing::on_hold; });
  if (on_hold || facts.under_way) return look_again(now + kLookEvery);
  return step_for_successors(facts, now);
}

const core::SupersedeTerms* terms_of(const std::vector<core::SupersedeTerms>& terms,
                                     std::string_view service, std::string_view ca) {
  const auto found = std::find_if(terms.begin(), terms.end(), [&](const core::SupersedeTerms& one) {
    return one.service == service && one.ca == ca;
  });
  return found == terms.end() ? nullptr : &*found;
}

core::NewJob superseding_job(const core::CaFingerprint& ca, const Bytes& serial) {
  constexpr std::size_t kOfFingerprint = 8;  // two CAs may use the same serial number
  core::RevokeRequest request;
  request.serial = serial;
  request.reason = core::RevocationReason::superseded;
  core::NewJob made;
  core::Job& job = made.job;
  job.key.source = core::JobSource::local;
  job.key.instance = "renewal";
  job.key.id = "renewed-" + text::to_hex(serial) + "-" + ca.substr(0, kOfFingerprint);
  job.key.digest = crypto::sha256(as_bytes(ca + ":" + text::to_hex(serial)));
  job.ca = ca;
  job.correlation_id = "renewed";
  job.request = std::move(request);
  made.report = false;
  return made;
}

}  // namespace certconnector::enrollment
