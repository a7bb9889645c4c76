// An EnrollmentService on fakes, and one front end for it.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/core/ports/crash_points.h"
#include "agent/enrollment/enrollment_service.h"
#include "agent/jobs/operating_mode.h"
#include "common/http/client_limit.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::testing {

// The argument of a callback, on any thread. Copies share it.
template <typename Value>
class Awaited {
 public:
  void operator()(Value value) const { promise_->set_value(std::move(value)); }
  [[nodiscard]] bool is_there() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  // Nothing after twenty seconds, or when the callback was dropped.
  [[nodiscard]] std::optional<Value> get() const {
    if (future_.wait_for(std::chrono::seconds(20)) != std::future_status::ready) return {};
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<Value>> promise_ = std::make_shared<std::promise<Value>>();
  std::shared_future<Value> future_ = promise_->get_future().share();
};

// The queue is stepped by the test: queue.step(never).
struct EnrollmentSite {
  explicit EnrollmentSite(std::size_t workers = 1) : pool(workers, 1024, logger) {
    validation_pool.set_limit(std::chrono::hours(1));
  }
  ~EnrollmentSite() {
    validation_pool.close();
    queue.close();
    pool.close();
  }
  EnrollmentSite(const EnrollmentSite&) = delete;
  EnrollmentSite& operator=(const EnrollmentSite&) = delete;

  FakeClock clock;
  CapturingLogger logger;
  FixedRandom random;
  RecordingCrashPoints crash_points;
  FakeJobStore store;
  FakeEnrollmentLedger ledger;
  FakeChallengeValidator validator;
  const StopToken never;
  jobs::OperatingMode operating_mode;
  jobs::StorageGuard storage{store, operating_mode, clock, random, logger, [](const Error&) {}};
  jobs::JobIntake intake{store, clock};
  enrollment::EnrollmentQueue queue{ledger, storage, clock, crash_points, intake};
  enrollment::ChallengeValidationPool validation_pool{validator, clock, logger, 1};
  std::atomic<int> jobs{0};  // their ids are job-1, job-2, ...
  enrollment::EnrollmentService service{{queue, validation_pool, operating_mode, clock,
                                         [this] { return "job-" + std::to_string(++jobs); }}};
  http::ClientLimit guesses{{"test.locked_out", "guesses"}, clock, logger};            // off
  http::ClientLimit refusals_kept{{"test.refusals_not_kept", "many"}, clock, logger};  // off
  enrollment::DenialQuota refusals{refusals_kept, refusals_kept};
  enrollment::RenewalQuota renewals{{2, std::chrono::hours(24)}};
  runtime::WorkerPool pool;
  enrollment::FrontEnd front_end{pool, refusals, &guesses, &renewals};
};

}  // namespace certconnector::testing
