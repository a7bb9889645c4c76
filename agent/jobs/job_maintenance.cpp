#include "agent/jobs/job_maintenance.h"

#include <algorithm>

#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {
namespace {

// Between two pieces of a long purge, so that the queue's own writes come in between.
constexpr Duration kBetweenPieces = std::chrono::milliseconds(100);
constexpr Duration kAfterCrlError = std::chrono::seconds(30);
// A CRL's end is a wall-clock time, and the wall clock may jump.
constexpr Duration kLongestCrlWait = std::chrono::minutes(10);

}  // namespace

JobMaintenance::JobMaintenance(core::JobStore& store, core::CertificateStore* inventory,
                               CaRegistry& authorities, OperatingMode& operating_mode,
                               StorageGuard& storage, const Clock& clock, log::Logger& logger,
                               JobMaintenanceSettings settings, runtime::Signal& to_report)
    : store_(store),
      inventory_(inventory),
      cas_(authorities),
      operating_mode_(operating_mode),
      storage_(storage),
      clock_(clock),
      logger_(logger),
      settings_(settings),
      started_(clock.now()),
      to_report_(to_report) {}

Duration JobMaintenance::step(const StopToken&) {
  if (operating_mode_.storage_is_failing()) return settings_.interval;
  const bool more_dead = expire();
  const bool more_old =
      purge(store_.purge(clock_.now() - settings_.retention, settings_.purge_batch),
            "Finished jobs past their retention were removed, or kept for their certificates.");
  const bool more_expired = purge_inventory();
  return more_dead || more_old || more_expired ? kBetweenPieces : settings_.interval;
}

// Certificates end by the wall clock, which may jump years ahead; the other one does not, and the
// earlier of the two is trusted.
bool JobMaintenance::purge_inventory() {
  if (inventory_ == nullptr || clock_.now() - started_ < settings_.inventory_patience) return false;
  const Timestamp before = std::min(clock_.wall(), clock_.now()) - settings_.inventory_retention;
  return purge(inventory_->purge_expired(before, settings_.purge_batch),
               "Expired certificates were removed from the inventory.");
}

bool JobMaintenance::expire() {
  const auto dead = store_.expire(clock_.now(), settings_.purge_batch);
  if (!dead.ok()) {
    storage_.failed(dead.error());
    return false;
  }
  if (*dead > 0) {
    logger_.warning("job.expired", "Jobs are dead: their deadline has passed.", {{"jobs", *dead}});
    to_report_.notify();
  }
  return *dead >= settings_.purge_batch;
}

bool JobMaintenance::purge(const Result<std::uint64_t>& removed, std::string_view what) {
  if (!removed.ok()) {
    storage_.failed(removed.error());
    return false;
  }
  if (*removed > 0) logger_.debug("purge", what, {{"rows", *removed}});
  return *removed >= settings_.purge_batch;
}

Duration JobMaintenance::publish(const StopToken& stop) {
  Duration wait = kLongestCrlWait;
  for (const CaRef& issuer : cas_.all()) {
    core::CrlPublisher* publisher = issuer->authority.crl_publisher;
    if (publisher == nullptr || stop.stop_requested()) continue;
    const auto next = publisher->publish_if_due();
    if (!next.ok()) {
      // Anything else keeps this CA's CRL back and nothing more.
      if (next.error().kind() == ErrorKind::corrupt) storage_.failed(next.error());
      logger_.warning("crl.failed", "The CRL could not be published: " + next.error().message(),
                      {{"ca", issuer->description.name}, {"code", next.error().code().name}});
      wait = std::min(wait, kAfterCrlError);
      continue;
    }
    wait = std::min(wait, std::max(*next - clock_.now(), kBetweenPieces));
  }
  return wait;
}

}  // namespace certconnector::jobs
