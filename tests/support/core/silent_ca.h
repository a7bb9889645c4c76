// A CA that answers nothing until a test lets it: neither deadline nor stop ends a call, unless the
// test makes it obey the stop. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "agent/core/ports/certificate_authority.h"

namespace certconnector::testing {

class SilentCa final : public core::CertificateAuthority {
 public:
  explicit SilentCa(std::string fingerprint, bool obeys_stop = false)
      : fingerprint_(std::move(fingerprint)), obeys_stop_(obeys_stop) {}
  ~SilentCa() override { answer(); }

  // All calls return, those to come included: the CA is unavailable.
  void answer();
  void hang_again();
  // Calls under way; waits until there are `count`, at most ten seconds.
  bool wait_for_calls(int count);

  [[nodiscard]] core::CaDescription describe() const override;
  std::vector<core::SubmitAnswer> submit(const std::vector<core::Submission>& submissions,
                                         const core::CallContext& call) override;
  core::SubmitAnswer retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                              const core::CallContext& call) override;
  std::vector<core::RevokeAnswer> revoke(const std::vector<core::Revocation>& revocations,
                                         const core::CallContext& call) override;
  [[nodiscard]] std::vector<Bytes> chain() const override { return chain_der; }
  Status check(const core::CallContext& call) override;

  std::vector<Bytes> chain_der;

 private:
  void hang(const StopToken& stop);

  const std::string fingerprint_;
  const bool obeys_stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int calls_ = 0;
  bool answers_ = false;
};

}  // namespace certconnector::testing
