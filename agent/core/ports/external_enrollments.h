// Enrollments whose job somebody else does: an NDES, which asks here whether a device's request is
// good and tells later what became of it. Begun in the enrollment ledger with a NewJob that has
// `external`; durable, thread-safe and with errors as there.
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

// It is known to be under way, and is not asked after before `ask_at`.
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
  late,   // the job had ended otherwise: the certificate is recorded as an enrollment of its own
  stands  // the job had ended, and nothing of this news changes that
};

class ExternalEnrollments {
 public:
  virtual ~ExternalEnrollments() = default;

  // Those of a transaction, newest first. With a key the cost does not grow with what other keys
  // have in the transaction.
  virtual Result<std::vector<ExternalEnrollment>> external(const ExternalSearch& search) = 0;
  // Those that wait and of which nothing was heard when it was to be known, the oldest first.
  virtual Result<std::vector<ExternalEnrollment>> overdue(Timestamp now, std::size_t max) = 0;
  // What became of one. `late_job`: the id of the job that a late certificate gets. Permanent error
  // for a job that is not there or is the agent's to do.
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
  // A certificate of a request that was never verified, as an enrollment of its own that has ended.
  // `enrollment` has `external`, and a right that no other certificate has. `stands`: it was
  // recorded before.
  virtual Result<ExternalCompletion> record(const NewEnrollment& enrollment, const Issued& issued,
                                            Timestamp now) = 0;
};

}  // namespace certconnector::core
