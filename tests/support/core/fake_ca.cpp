#include "tests/support/core/fake_ca.h"

#include "tests/support/fake_clock.h"

namespace certconnector::testing {

core::Issued FakeCa::issue(const core::IdempotencyKey& key) {
  const auto number = static_cast<std::uint8_t>(issued_.size() + 1);
  core::Issued issued;
  issued.certificate.certificate = {0x30, 0x03, 0x02, 0x01, number};
  issued.certificate.serial = {0x0A, static_cast<std::uint8_t>(issued_.size() >> 8U), number};
  issued.certificate.not_before = FakeClock::kStart;
  issued.certificate.not_after = FakeClock::kStart + std::chrono::hours(24 * 365);
  issued_.emplace_back(key, issued);
  by_key_.emplace(key, issued);
  return issued;
}

void FakeCa::issue_silently(const core::IdempotencyKey& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  issue(key);
}

std::size_t FakeCa::certificates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return issued_.size();
}

int FakeCa::submit_calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return static_cast<int>(batch_sizes_.size());
}

std::vector<std::size_t> FakeCa::batch_sizes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return batch_sizes_;
}

std::vector<core::Revocation> FakeCa::revocations() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return revocations_;
}

core::CaDescription FakeCa::describe() const {
  core::CaDescription description;
  description.name = "fake";
  description.backend = "fake";
  description.fingerprint = fingerprint_;
  description.subject = subject_;
  description.not_after = FakeClock::kStart + std::chrono::hours(24 * 3650);
  return description;
}

std::vector<core::SubmitAnswer> FakeCa::submit(const std::vector<core::Submission>& submissions,
                                               const core::CallContext& /*call*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  batch_sizes_.push_back(submissions.size());
  std::vector<core::SubmitAnswer> answers;
  for (const core::Submission& submission : submissions) {
    auto planned = on_submit ? on_submit(submission) : std::nullopt;
    answers.push_back(planned ? std::move(*planned) : core::SubmitAnswer(issue(submission.key)));
  }
  return answers;
}

core::SubmitAnswer FakeCa::retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                                    const core::CallContext& /*call*/) {
  if (on_retrieve) return on_retrieve(request_id);
  const std::lock_guard<std::mutex> lock(mutex_);
  return issue(key);
}

std::vector<core::RevokeAnswer> FakeCa::revoke(const std::vector<core::Revocation>& revocations,
                                               const core::CallContext& /*call*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<core::RevokeAnswer> answers;
  for (const core::Revocation& revocation : revocations) {
    revocations_.push_back(revocation);
    auto planned = on_revoke ? on_revoke(revocation) : std::nullopt;
    answers.push_back(planned ? std::move(*planned)
                              : core::RevokeAnswer(core::Revoked{FakeClock::kStart, false}));
  }
  return answers;
}

Status FakeCa::check(const core::CallContext& /*call*/) {
  return check_failure ? Status(*check_failure) : Status();
}

Result<std::optional<core::Issued>> FakeCa::find(const core::IdempotencyKey& key,
                                                 ByteView /*public_key_info*/,
                                                 Timestamp /*submitted_after*/,
                                                 const core::CallContext& /*call*/) {
  if (find_failure) return *find_failure;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = by_key_.find(key);
  if (place == by_key_.end()) return std::optional<core::Issued>();
  return std::optional<core::Issued>(place->second);
}

}  // namespace certconnector::testing
