#include "agent/jobs/storage_guard.h"

#include <utility>

#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {
namespace {

constexpr runtime::RetryPolicy kProbing{std::chrono::seconds(1), std::chrono::seconds(30)};
constexpr Duration kWatchEvery = std::chrono::seconds(2);

}  // namespace

StorageGuard::StorageGuard(core::JobStore& store, OperatingMode& operating_mode, const Clock& clock,
                           runtime::RandomSource& random, log::Logger& logger,
                           std::function<void(const Error&)> on_corrupt)
    : store_(store),
      operating_mode_(operating_mode),
      clock_(clock),
      logger_(logger),
      on_corrupt_(std::move(on_corrupt)),
      backoff_(kProbing, random) {}

void StorageGuard::failed(const Error& error) {
  if (error.kind() == ErrorKind::corrupt) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (std::exchange(corrupt_, true)) return;
    }
    logger_.error("storage.corrupt",
                  "The agent's stored data is damaged, so the agent stops: " + error.message());
    operating_mode_.storage_failed(error);
    on_corrupt_(error);
    return;
  }
  if (error.kind() != ErrorKind::transient) {
    logger_.error("storage.error", "The database refused a change: " + error.message(),
                  {{"code", error.code().name}});
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (backoff_.failing() || corrupt_) return;
    next_probe_ = clock_.now() + backoff_.failed();
  }
  logger_.error(
      "storage.failed",
      "The agent cannot write its database. Until it can, it leases no jobs and does none: " +
          error.message());
  operating_mode_.storage_failed(error);
  failing_.notify();
}

Duration StorageGuard::step(const StopToken&) {
  bool failing = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (corrupt_) return runtime::kIdle;
    const Timestamp now = clock_.now();
    if (backoff_.failing() && now < next_probe_) return next_probe_ - now;
    failing = backoff_.failing();
  }
  return failing ? probe() : watch();
}

Duration StorageGuard::watch() {
  if (const Status in_place = store_.check_in_place(); !in_place.ok()) failed(in_place.error());
  return kWatchEvery;
}

Duration StorageGuard::probe() {
  const Status probe = store_.probe();
  if (!probe.ok() && probe.error().kind() == ErrorKind::corrupt) {
    failed(probe.error());
    return runtime::kIdle;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!probe.ok()) {
      const Duration wait = backoff_.failed();
      next_probe_ = clock_.now() + wait;
      return wait;
    }
    backoff_.succeeded();
  }
  logger_.info("storage.works", "The agent can write its database again; work goes on.");
  operating_mode_.storage_works();
  return kWatchEvery;
}

}  // namespace certconnector::jobs
