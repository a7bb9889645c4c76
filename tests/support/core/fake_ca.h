// A CA in memory: issues by default, and does whatever else a test asks of it. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_authority.h"

namespace certconnector::testing {

class FakeCa final : public core::CertificateAuthority, public core::CertificateFinder {
 public:
  explicit FakeCa(std::string fingerprint, std::string subject = "CN=Fake CA,O=Test")
      : fingerprint_(std::move(fingerprint)), subject_(std::move(subject)) {}

  // Answers the submissions for which it does not return nothing.
  std::function<std::optional<core::SubmitAnswer>(const core::Submission&)> on_submit;
  std::function<std::optional<core::RevokeAnswer>(const core::Revocation&)> on_revoke;
  std::function<core::SubmitAnswer(const std::string&)> on_retrieve;
  std::optional<Error> find_failure;
  std::optional<Error> check_failure;
  std::vector<Bytes> chain_der;  // what chain() gives

  // As if a submission had been taken and its answer lost.
  void issue_silently(const core::IdempotencyKey& key);
  [[nodiscard]] std::size_t certificates() const;  // issued, ever
  [[nodiscard]] int submit_calls() const;
  [[nodiscard]] std::vector<std::size_t> batch_sizes() const;
  [[nodiscard]] std::vector<core::Revocation> revocations() const;

  [[nodiscard]] core::CaDescription describe() const override;
  std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>& submissions,
                                         const core::CallContext& call) override;
  core::SubmitAnswer retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                              const core::CallContext& call) override;
  std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>& revocations,
                                         const core::CallContext& call) override;
  [[nodiscard]] std::vector<Bytes> chain() const override { return chain_der; }
  Status check(const core::CallContext& call) override;
  Result<std::optional<core::Issued>> find(const core::IdempotencyKey& key,
                                           ByteView public_key_info, Timestamp submitted_after,
                                           const core::CallContext& call) override;

 private:
  core::Issued issue(const core::IdempotencyKey& key);

  std::string fingerprint_;
  std::string subject_;
  mutable std::mutex mutex_;
  std::vector<std::pair<core::IdempotencyKey, core::Issued>> issued_;
  std::map<core::IdempotencyKey, core::Issued> by_key_;
  std::vector<std::size_t> batch_sizes_;
  std::vector<core::Revocation> revocations_;
};

}  // namespace certconnector::testing
