#include "agent/jobs/crl_publish_loop.h"

#include <algorithm>

namespace certconnector::jobs {
namespace {

constexpr Duration kAtLeast = std::chrono::milliseconds(100);
constexpr Duration kAfterCrlError = std::chrono::seconds(30);
// A CRL's end is a wall-clock time, and the wall clock may jump.
constexpr Duration kLongestCrlWait = std::chrono::minutes(10);

}  // namespace

CrlPublishLoop::CrlPublishLoop(CaRegistry& cas, StorageGuard& storage, const Clock& clock,
                               log::Logger& logger)
    : cas_(cas), storage_(storage), clock_(clock), logger_(logger) {}

Duration CrlPublishLoop::step(const StopToken& stop) {
  // The loop wakes when the operating mode changes.
  if (!storage_.may_maintain()) return kLongestCrlWait;
  Duration wait = kLongestCrlWait;
  for (const CaRef& handle : cas_.all()) {
    core::CrlPublisher* publisher = handle->ports.crl_publisher;
    if (publisher == nullptr || stop.stop_requested()) continue;
    const auto next = publisher->publish_if_due();
    if (!next.ok()) {
      // Anything else keeps this CA's CRL back and nothing more.
      if (next.error().kind() == ErrorKind::corrupt) storage_.failed(next.error());
      logger_.warning("crl.failed", "The CRL could not be published: " + next.error().message(),
                      {{"ca", handle->description.name}, {"code", next.error().code().name}});
      wait = std::min(wait, kAfterCrlError);
      continue;
    }
    wait = std::min(wait, std::max(*next - clock_.now(), kAtLeast));
  }
  return wait;
}

}  // namespace certconnector::jobs
