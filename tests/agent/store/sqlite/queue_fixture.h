// The stores in a temporary folder, and short words for what tests do with it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/core/failure_codes.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/store/open_stores.h"
#include "tests/support/temp_directory.h"

namespace certconnector::store {

using stored_jobs::at;
using stored_jobs::issue_job;
using stored_jobs::issued;
using stored_jobs::kCa;
using stored_jobs::kOtherCa;
using stored_jobs::kOwner;
using stored_jobs::leased;
using stored_jobs::local_job;
using stored_jobs::revoke_job;

using certconnector::testing::database_at;
using certconnector::testing::OpenStores;

class QueueTest : public ::testing::Test {
 protected:
  QueueTest();
  // Closes and opens the file again, as a restart does.
  void reopen();
  void close();

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
  core::JobRecord record(const std::string& id);
  core::JobState state(const std::string& id) { return record(id).state; }
  std::vector<core::Report> unreported();
  std::vector<std::string> history_kinds(const std::string& id);
  std::uint64_t count(core::JobState state, core::JobType type = core::JobType::issue);

  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  certconnector::testing::TempDirectory folder_;
  std::unique_ptr<OpenStores> stores_;
  SqliteJobStore* store_ = nullptr;  // of stores_
};

}  // namespace certconnector::store
