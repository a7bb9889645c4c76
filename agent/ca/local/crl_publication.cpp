#include "agent/ca/local/crl_publication.h"

#include <algorithm>
#include <utility>

#include "agent/ca/local/database_bond.h"
#include "agent/platform/background_work.h"
#include "agent/platform/files.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {
namespace {

// A device with a slow clock must accept a new CRL.
constexpr std::chrono::minutes kClockSkew{5};
// A publication takes at most this share of the time: 1 / kPace.
constexpr int kPace = 50;
// The wall clock may jump, so the loop looks again every hour.
constexpr std::chrono::hours kLongestWait{1};
// An older copy of the database shows when what it lacks is older than this.
constexpr std::chrono::minutes kBindEvery{1};

// Numbers rise even after an older certificate store was restored, or where another program made
// the CRLs of this CA before.
std::uint64_t least_number(const Clock& clock) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock.wall().time_since_epoch());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds.count(), 1));
}

}  // namespace

CrlPublication::CrlPublication(CrlIssuer issuer, const LocalCaSettings& settings,
                               CaBackendParts parts, SignerPool& signers)
    : issuer_(std::move(issuer)),
      files_(settings.crl_file, issuer_.partitions),
      lifetime_(settings.crl_lifetime),
      min_interval_(settings.crl_min_interval),
      database_file_(settings.database_file),
      parts_(std::move(parts)),
      signers_(signers),
      interval_(min_interval_) {}

Status CrlPublication::resume() {
  CC_TRY_ASSIGN(auto record, parts_.certificate_store.crl(issuer_.fingerprint));
  if (record) {
    file_missing_ = !files_.complete();
    hand_over();
  }
  if (record) {  // the pace holds across restarts
    const Duration age = parts_.clock.wall() - (record->this_update + kClockSkew);
    last_attempt_ = parts_.clock.now() - std::max(age, Duration(0));
  }
  CC_TRY_ASSIGN(const auto bond, read_bond(database_file_));
  if (!bond) CC_TRY(bind());
  const std::lock_guard lock(record_mutex_);
  record_ = record;
  return {};
}

std::optional<core::CrlRecord> CrlPublication::last_published() const {
  const std::lock_guard lock(record_mutex_);
  return record_;
}

std::optional<std::string> CrlPublication::why_unpublishable() const {
  {
    const std::lock_guard lock(record_mutex_);
    if (failure_) return failure_;
  }
  const Status writable = platform::check_makes_files(files_.folder());
  return writable.ok() ? std::nullopt : std::optional(writable.error().message());
}

// Zero when the last CRL has used up two thirds of its life, or when the clock says it was made in
// the future.
Duration CrlPublication::until_renewal(Timestamp wall) const {
  const auto record = last_published();
  if (!record || file_missing_ || record->this_update > wall) return Duration(0);
  const Timestamp renew_at =
      record->this_update + (record->next_update - record->this_update) * 2 / 3;
  return std::max(renew_at - wall, Duration(0));
}

// Publications keep their distance, and so do attempts that failed.
Timestamp CrlPublication::earliest() const {
  return last_attempt_ ? *last_attempt_ + interval_ : Timestamp::min();
}

Result<Timestamp> CrlPublication::publish_if_due() {
  const std::lock_guard lock(publishing_);
  CC_TRY_ASSIGN(const Timestamp next, publish_or_wait());
  // The loop comes after each outcome.
  if (!bound_at_ || parts_.clock.now() >= *bound_at_ + kBindEvery) CC_TRY(bind());
  return std::min(next, *bound_at_ + kBindEvery);
}

CrlPublication::~CrlPublication() {
  // An older bond does no harm.
  static_cast<void>(bind());
}

Result<Timestamp> CrlPublication::publish_or_wait() {
  // Read before the entries: a revocation that comes meanwhile is published again, never missed.
  CC_TRY_ASSIGN(const std::uint64_t generation,
                parts_.certificate_store.revocation_generation(issuer_.fingerprint));
  // After a start the revocations of the last CRL are unknown: make a CRL when there is any.
  const bool changed = generation_ ? *generation_ != generation : generation != 0;
  const Timestamp now = parts_.clock.now();
  const Duration wait = until_renewal(parts_.clock.wall());
  if (!changed && wait.count() > 0) return now + std::min<Duration>(wait, kLongestWait);
  if (now < earliest()) return earliest();
  CC_TRY(publish(generation));
  return now +
         std::min<Duration>(std::max(until_renewal(parts_.clock.wall()), interval_), kLongestWait);
}

Status CrlPublication::publish_now() {
  const std::lock_guard lock(publishing_);
  CC_TRY_ASSIGN(const std::uint64_t generation,
                parts_.certificate_store.revocation_generation(issuer_.fingerprint));
  return publish(generation);
}

Status CrlPublication::publish(std::uint64_t generation) {
  Status published = publish_crl(generation);
  const std::lock_guard lock(record_mutex_);
  failure_ = published.ok() ? std::nullopt : std::make_optional(published.error().message());
  return published;
}

Status CrlPublication::publish_crl(std::uint64_t generation) {
  const auto started = std::chrono::steady_clock::now();
  last_attempt_ = parts_.clock.now();
  core::CrlRecord record;
  // Not in the background: the store's writers wait for each other.
  if (!named_) CC_TRY(parts_.certificate_store.name_ca(issuer_.fingerprint, issuer_.ca_key));
  named_ = true;
  CC_TRY_ASSIGN(record.number, parts_.certificate_store.take_crl_number(
                                   issuer_.fingerprint, least_number(parts_.clock)));
  set_times(record);
  Status made;
  platform::run_in_background([&] { made = make(record); });
  if (!made.ok()) return made.error().with_context("publishing the CRL of CA " + issuer_.ca_name);
  file_missing_ = false;
  CC_TRY(parts_.certificate_store.save_crl(issuer_.fingerprint, record));
  CC_TRY(bind());
  {
    const std::lock_guard lock(record_mutex_);
    record_ = record;
  }
  generation_ = generation;
  const auto cost =
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
  interval_ = std::max(min_interval_, cost * kPace);
  parts_.log.info("crl.published", "the CRL was published",
                  {{"ca", issuer_.ca_name},
                   {"number", record.number},
                   {"entries", record.entries},
                   {"partitions", files_.partitions()},
                   {"next_update", to_rfc3339(record.next_update)},
                   {"milliseconds", cost.count()}});
  platform::run_in_background([&] { hand_over(); });
  return {};
}

// After the database has it: the file is never ahead of the database.
Status CrlPublication::bind() {
  CC_TRY_ASSIGN(const DatabaseBond bond,
                recorded_bond(parts_.certificate_store, issuer_.fingerprint, issuer_.ca_key));
  if (!bound_ || !(*bound_ == bond)) CC_TRY(write_bond(database_file_, bond));
  bound_ = bond;
  bound_at_ = parts_.clock.now();
  return {};
}

void CrlPublication::hand_over() {
  if (parts_.crl_published) files_.hand_over(issuer_.ca_name, parts_.crl_published);
}

void CrlPublication::set_times(core::CrlRecord& record) const {
  const Timestamp wall = std::chrono::floor<std::chrono::seconds>(parts_.clock.wall());
  record.this_update = std::max<Timestamp>(wall - kClockSkew, std::min(wall, issuer_.not_before));
  record.next_update = wall + lifetime_;
}

// A certificate that expired since the last CRL is shown once more: RFC 5280 section 3.3 wants
// every revocation on a CRL issued after the certificate's end.
Timestamp CrlPublication::expires_after(Timestamp wall) const {
  const auto last = last_published();
  return last ? std::min(last->this_update, wall) : from_millis(0);
}

Status CrlPublication::make(core::CrlRecord& record) {
  CC_TRY_ASSIGN(auto signer, signers_.borrow());
  CrlFields fields;
  fields.issuer = issuer_.subject;
  fields.signature_algorithm = issuer_.signature_algorithm;
  fields.authority_key_id = issuer_.key_id;
  fields.number = record.number;
  fields.this_update = record.this_update;
  fields.next_update = record.next_update;
  const Timestamp ends_after = expires_after(record.next_update - lifetime_);
  CC_TRY_ASSIGN(record.entries, files_.make(fields, *signer, [&](const auto& visit) {
    return parts_.certificate_store.for_each_revoked(issuer_.fingerprint, ends_after, visit);
  }));
  return {};
}

}  // namespace certconnector::ca
