#include "agent/jobs/ca_lanes.h"

#include <utility>
#include <vector>

#include "agent/core/errors.h"

namespace certconnector::jobs {

// The threads of one CA.
class CaLanes::Lane {
 public:
  Lane(const LaneParts& parts, HealthCheckSettings settings, const CaRef& ca)
      : health_(parts.cas, parts.clock, ca->description.fingerprint, settings) {
    const core::CaDescription& about = ca->description;
    const std::size_t count = parts.scheduler.workers_of(ca->ports);
    for (std::size_t i = 1; i <= count; ++i) {
      auto worker = std::make_unique<Worker>(parts.scheduler, parts.runner, parts.clock,
                                             parts.logger, about.fingerprint);
      // A worker finishes the batch that it has; only the hurry cuts its calls short.
      runtime::LoopThread& loop =
          add(parts, "ca " + about.name + " " + std::to_string(i),
              [this, step = worker.get()](const StopToken&) { return step->step(hurry_); });
      workers_.push_back(std::move(worker));
      wake(parts.scheduler.work(about.fingerprint), loop);
      wake(parts.operating_mode.changed(), loop);
    }
    checking_ = &add(parts, "ca " + about.name + " health",
                     [this](const StopToken& stop) { return health_.step(stop); });
  }

  void start(const StopToken& stop, const StopToken& hurry) {
    hurry_ = hurry;
    for (auto& loop : loops_) loop->start(stop);
  }

  bool join(const StopToken& give_up, Duration& grace) {
    bool all = true;
    for (auto& loop : loops_) {
      if (loop->join(give_up, grace)) continue;
      // The others have had the same time.
      grace = Duration(0);
      all = false;
    }
    return all;
  }

  [[nodiscard]] bool overdue() const { return health_.overdue(); }
  [[nodiscard]] std::uint64_t request_check() { return health_.request(checking_->wakeup()); }
  Status await_check(std::uint64_t number, Duration patience, const StopToken& stop) {
    return health_.await(number, patience, stop);
  }

 private:
  runtime::LoopThread& add(const LaneParts& parts, const std::string& name, runtime::Step step) {
    return *loops_.emplace_back(
        std::make_unique<runtime::LoopThread>(name, std::move(step), parts.clock, parts.logger));
  }
  void wake(runtime::Signal& signal, runtime::LoopThread& loop) {
    subscriptions_.push_back(std::make_unique<runtime::Subscription>(signal, loop.wakeup()));
  }

  HealthCheck health_;
  StopToken hurry_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<runtime::LoopThread>> loops_;  // end before what they work with
  std::vector<std::unique_ptr<runtime::Subscription>> subscriptions_;
  runtime::LoopThread* checking_ = nullptr;
};

CaLanes::CaLanes(const LaneParts& parts, HealthCheckSettings settings)
    : parts_(parts), settings_(settings) {}

CaLanes::~CaLanes() = default;

void CaLanes::open(const core::CaFingerprint& ca) {
  const CaRef handle = parts_.cas.find(ca);
  if (!handle) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto place = lanes_.find(ca); place != lanes_.end()) {
    static_cast<void>(place->second->request_check());
    return;
  }
  const auto lane = std::make_shared<Lane>(parts_, settings_, handle);
  lanes_.emplace(ca, lane);
  if (started_) lane->start(stop_, hurry_);
}

void CaLanes::start(StopToken stop, StopToken hurry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stop_ = std::move(stop);
  hurry_ = std::move(hurry);
  started_ = true;
  for (auto& [ca, lane] : lanes_) lane->start(stop_, hurry_);
}

bool CaLanes::join(const StopToken& give_up, Duration grace) {
  std::vector<std::shared_ptr<Lane>> lanes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [ca, lane] : lanes_) lanes.push_back(lane);
  }
  bool all = true;
  for (const auto& lane : lanes) all = lane->join(give_up, grace) && all;
  return all;
}

std::shared_ptr<CaLanes::Lane> CaLanes::find(const core::CaFingerprint& ca) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = lanes_.find(ca);
  return place == lanes_.end() ? nullptr : place->second;
}

Status CaLanes::check(const core::CaFingerprint& ca, Duration patience, const StopToken& stop) {
  const auto lane = find(ca);
  if (lane) return lane->await_check(lane->request_check(), patience, stop);
  return Error(core::CoreErrc::ca_silent, ErrorKind::permanent, "this agent does not serve the CA");
}

void CaLanes::check_all(Duration patience, const StopToken& stop) {
  std::vector<std::pair<std::shared_ptr<Lane>, std::uint64_t>> asked;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [ca, lane] : lanes_) {
      if (!lane->overdue()) asked.emplace_back(lane, lane->request_check());
    }
  }
  for (const auto& [lane, number] : asked) {
    const Status answered = lane->await_check(number, patience, stop);
    const bool silent =
        !answered.ok() && answered.error().code() == error_code(core::CoreErrc::ca_silent);
    // The others have had the same time. The registry has their answers.
    if (silent) patience = Duration(0);
  }
}

}  // namespace certconnector::jobs
