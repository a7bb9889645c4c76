// External enrollments: NDES asks here whether a device's request is good, carries it out, and
// reports the outcome later. They begin in the enrollment ledger with a NewJob that has `external`.
// Durable, thread-safe and with errors as there.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::core {

struct ExternalEnrollment {
  JobTicket ticket;
  crypto::Sha256 public_key{};  // as EnrollmentKey's
  Job job;                      // its request may hold a challenge: a secret
  JobState state = JobState::waiting;
  std::optional<Outcome> outcome;  // once finished
  Timestamp begun;
};

// The CA has it under way; the agent does not ask again before `ask_at`.
struct StillUnderWay {
  std::string message;
  Timestamp ask_at;  // the job's deadline becomes no earlier than this
};
using ExternalOutcome = std::variant<Issued, Failed, StillUnderWay, Hold>;

struct ExternalSearch {
  std::string service;
  std::string transaction_id;
  std::optional<crypto::Sha256> public_key;  // those of this key alone
  std::optional<JobTicket> after;            // page: older than this one
  std::size_t max = 64;
};

enum class ExternalCompletion {
  taken,
  late,   // the job had ended otherwise: the certificate is recorded as another enrollment
  stands  // the job had ended, and this report changes nothing
};

class ExternalEnrollments {
 public:
  virtual ~ExternalEnrollments() = default;

  // Those of a transaction, newest first. With a key the cost does not grow with what other keys
  // have in the transaction.
  virtual Result<std::vector<ExternalEnrollment>> external(const ExternalSearch& search) = 0;
  // The overdue ones, the oldest first.
  virtual Result<std::vector<ExternalEnrollment>> overdue(Timestamp now, std::size_t max) = 0;
  // Records the outcome of one. `late_job`: the id of the job that a late certificate gets.
  // Permanent error for a job that is not there or that the agent carries out.
  //
  //   news              its job waits       is held      is over
  //   ---------------   -----------------   ----------   -------
  //   Issued            succeeds            succeeds     late (1)
  //   Failed            fails               fails        stands
  //   StillUnderWay     waits, asked later  held, later  stands
  //   Hold              is held             stands       stands
  //
  //   (1) stands, if it is the very certificate that the job ended with
  virtual Result<ExternalCompletion> complete(JobTicket ticket, const ExternalOutcome& news,
                                              const std::string& late_job, Timestamp now) = 0;
  // Records a certificate whose request the agent never verified, as a separate enrollment that has
  // ended. `enrollment` has `external`, and a `right` that no other certificate has. `stands`: it
  // was recorded before.
  virtual Result<ExternalCompletion> record(const NewEnrollment& enrollment, const Issued& issued,
                                            Timestamp now) = 0;
};

}  // namespace certconnector::core
