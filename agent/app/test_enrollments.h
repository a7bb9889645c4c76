// Revokes the certificates of `scep test` that come late: a test that got no answer in time may
// still get a certificate. A file holds each test, so that a restart loses none: from before its
// request until its job ends without a certificate, or the queue has the revocation. Thread-safe.
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
  // Whether this certificate is revoked, by the CA.
  std::function<bool(const core::CaFingerprint& ca, const Bytes& serial)> is_revoked;
};

class TestEnrollments {
 public:
  enum class Left {
    nothing,    // of this test
    no_job,     // the request has not arrived, and may still arrive
    withdrawn,  // by this call: no certificate follows
    awaited,    // it is in work: the agent revokes its certificate later
    held,       // a person has to look at the CA first: the same
    revoked     // by this call: a job in the queue revokes the certificate
  };

  explicit TestEnrollments(TestEnrollmentParts parts) : parts_(std::move(parts)) {}

  // The file of a state folder, and its text, which is empty where there is none. Errors: those of
  // read_file().
  [[nodiscard]] static std::string file_of(const std::string& state_dir);
  [[nodiscard]] static Result<std::string> read(const std::string& file);

  // Once before anything else, later calls do nothing: takes up what earlier tests left. Errors:
  // those of read().
  [[nodiscard]] Status open(const std::string& file);
  // Durable when it returns. Errors: it could not be written, and no request may be sent.
  [[nodiscard]] Status begin(const std::string& service, const std::string& transaction);
  // The test is over. With `has_certificate` the caller revokes the certificate, and has some time
  // for it.
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
  [[nodiscard]] Result<bool> has_revocation(const core::CaFingerprint& ca, const Bytes& serial,
                                            Timestamp since);
  [[nodiscard]] bool is_done(Left left, const Test& test) const;
  [[nodiscard]] Status write() const;

  const TestEnrollmentParts parts_;
  std::mutex mutex_;
  std::string file_;
  std::map<std::string, Test> tests_;  // by transaction
};

}  // namespace certconnector::app
