// queue.db and inventory.db as release 0.1.0 wrote them, for tests.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports/job_store.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

// Throws std::runtime_error. Closes the files in its destructor.
class FirstReleaseFiles {
 public:
  explicit FirstReleaseFiles(const std::string& folder);

  // A job of kCa, or of kOtherCa, which is no CA of the agent's: waiting, or ended.
  core::CertificateLabel add_job(const std::string& id, const std::optional<core::Outcome>& outcome,
                                 bool of_other_ca = false);
  // The same of a device, whose PKCS#10 holds the challenge password "laboratory".
  void add_device_job(const std::string& id, const std::optional<core::Outcome>& outcome);
  // The enrollment of a job by its ticket; jobs have tickets from 1 on.
  void add_enrollment(std::int64_t ticket, const std::string& transaction_id,
                      const std::string& device);
  // The job of a certificate, reported at `reported`, which 0.1.0 keeps until `kept_until`.
  void keep_job(const std::string& id, Timestamp reported, Timestamp kept_until);
  // Of kCa.
  void add_certificate(const core::CertificateEntry& entry, bool revoked = false);

  [[nodiscard]] Database& queue() { return queue_; }
  [[nodiscard]] Database& certificates() { return certificates_; }

 private:
  Database queue_;
  Database certificates_;
  std::int64_t jobs_ = 0;
  std::int64_t entries_ = 0;
};

// Whether the job's PKCS#10 holds it.
[[nodiscard]] bool holds_challenge(core::JobStore& jobs, const std::string& id);

}  // namespace certconnector::store
