#include "agent/app/reloader.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "agent/app/errors.h"
#include "agent/platform/words.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

std::string joined(const std::vector<std::string>& items, std::string_view between) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += between;
    // A file has a line for each of its mistakes.
    for (const char c : item) {
      if (c == '\n') {
        text += between;
      } else {
        text += c;
      }
    }
  }
  return text;
}

}  // namespace

Reloader::Reloader(Work work, platform::ServiceControls& controls, StopToken stop)
    : work_(std::move(work)), controls_(controls), stop_(std::move(stop)) {}

void Reloader::run() {
  std::uint64_t number = 0;
  std::vector<core::HealthFinding> earlier;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    number = ++begun_;
    earlier = broken_;
  }
  control::ReloadView view = work_(earlier);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (view.taken) broken_ = view.new_findings;
  last_ = std::move(view);
  done_ = number;
  changed_.notify_all();
}

Result<control::ReloadView> Reloader::reload() {
  const StopCallback wake = stop_.on_stop([this] {
    const std::lock_guard<std::mutex> stopping(mutex_);
    changed_.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex_);
  // One that is under way may have read the file before the caller changed it.
  const std::uint64_t wanted = begun_ + 1;
  controls_.reload();
  changed_.wait_for(lock, control::kLongestReload,
                    [&] { return done_ >= wanted || stop_.stop_requested(); });
  if (done_ >= wanted) return *last_;
  return Error(AppErrc::reload_unfinished, ErrorKind::transient,
               stop_.stop_requested()
                   ? "the agent stops, and does not reload"
                   : "the reload is not done yet; its outcome will be in the log "
                     "and in certconnector status");
}

std::vector<core::HealthFinding> Reloader::findings(Timestamp /*wall*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<core::HealthFinding> findings;
  if (!last_) return findings;
  if (!last_->refused.empty()) {
    findings.push_back(
        core::found(core::finding::kReloadRefused, "configuration",
                    "the reload of " + to_rfc3339(last_->at) +
                        (last_->taken ? " was refused in part: " : " was refused: ") +
                        joined(last_->refused, "; "),
                    "correct the file, then run: certconnector reload"));
  }
  if (!last_->needs_restart.empty()) {
    findings.push_back(core::found(
        core::finding::kRestartNeeded, "configuration",
        joined(last_->needs_restart, ", ") + " changed in the file; the old value is in use",
        "restart the agent when it suits: " + platform::service_commands().restart));
  }
  return findings;
}

}  // namespace certconnector::app
