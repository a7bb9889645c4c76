#include "agent/enrollment/lineage_maintenance.h"

#include <algorithm>
#include <map>

#include "common/text/hex.h"

namespace certconnector::enrollment {
namespace {

// A pause between two pieces, for the queue's own writes.
constexpr Duration kBetweenLooks = std::chrono::milliseconds(10);

}  // namespace

LineageMaintenance::LineageMaintenance(LineageMaintenanceParts parts,
                                       LineageMaintenanceSettings settings)
    : parts_(std::move(parts)), settings_(settings), started_(parts_.clock.now()) {}

void LineageMaintenance::used(const core::CaFingerprint& ca, const Bytes& serial) {
  const std::lock_guard lock(mutex_);
  if (used_.size() < settings_.most_used) used_.emplace(ca, serial);
}

Duration LineageMaintenance::step(const StopToken&) {
  if (!parts_.storage.may_maintain()) return settings_.interval;
  const Duration early = not_before_ - parts_.clock.now();
  if (early > Duration(0)) return early;
  note_uses();
  const Timestamp now = std::min(parts_.clock.wall(), parts_.clock.now());
  const auto look = parts_.lineages.supersede(terms_now(), now, settings_.batch);
  if (!look.ok()) {
    parts_.storage.failed(look.error());
    return settings_.interval;
  }
  tell(*look);
  if (look->looked_at >= settings_.batch) return kBetweenLooks;
  not_before_ = parts_.clock.now() + settings_.pause;
  return settings_.interval;
}

void LineageMaintenance::note_uses() {
  std::vector<core::CertificateOfCa> some;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ca, serial] : used_) some.push_back({ca, serial});
    used_.clear();
  }
  if (some.empty()) return;
  const Status noted = parts_.lineages.note_use(some);
  if (!noted.ok()) parts_.storage.failed(noted.error());
}

std::vector<core::SupersedeTerms> LineageMaintenance::terms_now() const {
  std::vector<core::SupersedeTerms> terms = parts_.terms();
  if (parts_.clock.now() - started_ >= settings_.patience) return terms;
  for (core::SupersedeTerms& one : terms) one.after.reset();
  return terms;
}

void LineageMaintenance::tell(const core::SupersedeLook& look) {
  std::map<core::CaFingerprint, std::size_t> jobs;
  for (const core::SupersededCertificate& one : look.revoked) {
    parts_.logger.info("certificate.superseded",
                       "The agent revokes a certificate: its device has the one that renewed it.",
                       {{"serial", text::to_hex(one.serial)}, {"ca", one.ca}, {"job", one.job}});
    ++jobs[one.ca];
  }
  for (const auto& [ca, count] : jobs) parts_.intake.work_arrived(ca, count);
}

}  // namespace certconnector::enrollment
