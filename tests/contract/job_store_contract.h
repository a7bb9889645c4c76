// The contract of core::JobStore, for every implementation, in memory or on disk. An
// implementation joins by a row in job_stores.cpp. One that fails here is wrong, a fake as well.
//
// Every call of the port takes its time, so a store has no clock: at() is the clock.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/failure_codes.h"
#include "agent/core/ports/job_store.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::contract {

// One implementation, with a separate, empty queue.
class JobStoreHost {
 public:
  virtual ~JobStoreHost() = default;
  [[nodiscard]] virtual core::JobStore& store() = 0;
  // Where settle() records certificates.
  [[nodiscard]] virtual core::CertificateStore& certificates() = 0;
  // As a restart of the process does: what is kept is kept.
  virtual void reopen() = 0;
};

struct JobStoreImplementation {
  const char* name;
  std::function<std::unique_ptr<JobStoreHost>()> make;
};
[[nodiscard]] std::vector<JobStoreImplementation> job_stores();
[[nodiscard]] std::string name_of(const ::testing::TestParamInfo<JobStoreImplementation>& info);

using stored_jobs::at;
using stored_jobs::device_job;
using stored_jobs::issue_job;
using stored_jobs::issued;
using stored_jobs::kCa;
using stored_jobs::kOtherCa;
using stored_jobs::kOwner;
using stored_jobs::leased;
using stored_jobs::local_job;
using stored_jobs::refused;
using stored_jobs::revoke_job;
using stored_jobs::with_deadline;
using stored_jobs::with_other_digest;
using stored_jobs::with_priority;

[[nodiscard]] std::vector<std::string> ids(const std::vector<core::ClaimedJob>& jobs);
[[nodiscard]] std::vector<std::string> ids(const std::vector<core::LeaseHolding>& leases);
[[nodiscard]] std::vector<std::string> ids(const std::vector<core::Report>& reports);

class JobStoreContract : public ::testing::TestWithParam<JobStoreImplementation> {
 protected:
  JobStoreContract();

  [[nodiscard]] core::JobStore& store() { return host_->store(); }
  [[nodiscard]] core::CertificateStore& certificates() { return host_->certificates(); }
  void reopen() { host_->reopen(); }
  // For tables: another empty queue for each row.
  void start_anew();

  core::InsertResult insert(const core::NewJob& job, Timestamp now = at(0));
  std::vector<core::ClaimedJob> claim(std::size_t max = 10, Timestamp now = at(1),
                                      const core::CaFingerprint& ca = kCa,
                                      const core::ClaimOwner& owner = kOwner);
  // Claims the one job that is due.
  core::JobTicket claim_one(Timestamp now = at(1));
  void settle(core::JobTicket ticket, core::Verdict verdict, Timestamp now = at(2),
              const core::ClaimOwner& owner = kOwner);
  void acknowledge(core::JobTicket ticket,
                   core::ReportVerdict verdict = core::ReportVerdict::accepted,
                   Timestamp now = at(3));
  // Inserts, claims and ends a job; the agent has not reported it yet.
  core::JobTicket ended(const core::NewJob& job, core::Outcome outcome, Timestamp now = at(2));

  core::JobRecord record(const std::string& id);
  core::JobTicket ticket(const std::string& id) { return record(id).ticket; }
  core::JobState state(const std::string& id) { return record(id).state; }
  std::vector<core::Report> unreported(std::size_t max = 100);
  std::vector<core::LeaseHolding> leases_ending(Timestamp before,
                                                const std::vector<core::CaFingerprint>& served,
                                                std::size_t max = 10);
  std::vector<core::JobEvent> history(const std::string& id);
  std::vector<std::string> history_kinds(const std::string& id);
  std::uint64_t count(core::JobState state, core::JobType type = core::JobType::issue);

 private:
  std::unique_ptr<JobStoreHost> host_;
};

}  // namespace certconnector::contract
