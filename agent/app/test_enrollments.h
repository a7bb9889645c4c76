// What `scep test` has asked for, and of which nothing is to be left: a test whose answer does not
// come in time may bring a certificate later. Kept in a file from before a test's request is sent
// until its job has brought nothing or what it brought has its revocation in the queue, so that a
// restart in between changes nothing. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/job_intake.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::app {

// All outlive the object.
struct TestEnrollmentParts {
  core::JobStore& store;
  jobs::JobIntake& intake;
  core::EnrollmentLedger& ledger;
  const Clock& clock;
  log::Logger& logger;
  // Whether the CA says that this certificate is revoked.
  std::function<bool(const core::CaFingerprint& ca, const Bytes& serial)> is_revoked;
};

class TestEnrollments {
 public:
  enum class Left {
    nothing,    // of this test
    no_job,     // the request has not arrived; it may yet
    withdrawn,  // by this call: it brings no certificate any more
    awaited,    // it is in work: what it brings is revoked then
    revoked     // by this call: a job in the queue revokes the certificate
  };

  explicit TestEnrollments(TestEnrollmentParts parts) : parts_(std::move(parts)) {}

  // Once before anything else, later calls do nothing: takes up what earlier tests left. Errors:
  // the file cannot be read.
  [[nodiscard]] Status open(const std::string& file);
  // Durable when it returns. Errors: it could not be written, and no request may be sent.
  [[nodiscard]] Status begin(const std::string& service, const std::string& transaction);
  // The test is over. With `has_certificate` whoever asked for it revokes what it got, and has a
  // while for it.
  Left end(const std::string& transaction, bool has_certificate);
  // A loop step: sees to the tests that are over.
  Duration step(const StopToken& stop);

 private:
  struct Test {
    std::string service;
    std::optional<Timestamp> ended;  // nothing: under way
    Duration grace{0};               // from then on
  };

  // With the mutex held.
  [[nodiscard]] Result<Left> settle(const std::string& transaction, const Test& test);
  [[nodiscard]] Result<Left> settle_job(const core::JobRecord& job, const Test& test);
  [[nodiscard]] bool is_done(Left left, const Test& test) const;
  [[nodiscard]] Status write() const;

  const TestEnrollmentParts parts_;
  std::mutex mutex_;
  std::string file_;
  std::map<std::string, Test> tests_;  // by transaction
};

}  // namespace certconnector::app
