// Reloads, one at a time, whoever asks: the service manager or a person. Remembers what the last
// one left undone.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/control/reload_operations.h"
#include "agent/core/health_source.h"
#include "agent/platform/service_controls.h"
#include "common/time/stop.h"

namespace certconnector::app {

// Thread-safe.
class Reloader final : public control::ReloadOperations, public core::HealthSource {
 public:
  // `earlier`: what is wrong since the reloads before.
  using Work = std::function<control::ReloadView(const std::vector<core::HealthFinding>& earlier)>;

  // `controls` outlives it. `stop` ends the wait of reload().
  Reloader(Work work, platform::ServiceControls& controls, StopToken stop);

  // On the thread of the service host.
  void run();

  // Has the service host call run().
  Result<control::ReloadView> reload() override;

  // A refused reload stands until a good one.
  [[nodiscard]] std::vector<core::HealthFinding> findings(Timestamp wall) override;

 private:
  const Work work_;
  platform::ServiceControls& controls_;
  const StopToken stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t begun_ = 0;
  std::uint64_t done_ = 0;
  std::optional<control::ReloadView> last_;
  std::vector<core::HealthFinding> broken_;  // by reloads, as of the last one that was taken
};

}  // namespace certconnector::app
