#include "tests/support/core/silent_ca.h"

#include "agent/core/errors.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

void SilentCa::answer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  answers_ = true;
  changed_.notify_all();
}

void SilentCa::hang_again() {
  const std::lock_guard<std::mutex> lock(mutex_);
  answers_ = false;
}

bool SilentCa::wait_for_calls(int count) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return calls_ >= count; });
}

void SilentCa::hang(const StopToken& stop) {
  bool stopped = false;  // under the mutex
  const StopCallback wake = stop.on_stop([this, &stopped] {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped = obeys_stop_;
    changed_.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex_);
  ++calls_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return answers_ || stopped; });
  --calls_;
}

core::CaDescription SilentCa::describe() const {
  core::CaDescription description;
  description.name = "silent";
  description.backend = "silent";
  description.fingerprint = fingerprint_;
  description.subject = "CN=Silent CA";
  description.not_after = SystemClock().wall() + std::chrono::hours(24 * 3650);
  return description;
}

std::vector<core::SubmitAnswer> SilentCa::submit(const std::vector<core::Submission>& submissions,
                                                 const core::CallContext& call) {
  hang(call.stop);
  return std::vector<core::SubmitAnswer>(submissions.size(), core::CaUnavailable{"silent", {}});
}

core::SubmitAnswer SilentCa::retrieve(const std::string& /*request_id*/,
                                      const core::IdempotencyKey& /*key*/,
                                      const core::CallContext& call) {
  hang(call.stop);
  return core::CaUnavailable{"silent", {}};
}

std::vector<core::RevokeAnswer> SilentCa::revoke(const std::vector<core::Revocation>& revocations,
                                                 const core::CallContext& call) {
  hang(call.stop);
  return std::vector<core::RevokeAnswer>(revocations.size(), core::CaUnavailable{"silent", {}});
}

Status SilentCa::check(const core::CallContext& call) {
  hang(call.stop);
  return Error(core::CoreErrc::ca_silent, ErrorKind::transient, "silent");
}

}  // namespace certconnector::testing
