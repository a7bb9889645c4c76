// The enrollment ledger port: which device asked for what, on which right, and which job stands for
// it. It lives beside the queue, so that a challenge is reserved and its job stored in one
// transaction.
//
// Whether a challenge is reserved, used or free again is not kept as a state of its own: it follows
// from the job of the enrollment that holds it. Durable when a call returns; thread-safe; errors as
// in job_store.h.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/crypto/digest.h"

namespace certconnector::core {

// What makes two requests one enrollment: the same in every part that counts for their kind.
//
//   part                    own challenge   shared right   others do it   refusal
//   ----------------------  -------------   ------------   ------------   -------
//   service                 counts          counts         counts         counts
//   transaction id          counts          counts         counts         counts
//   public key              counts          counts         counts         counts
//   right                   counts          counts         counts         counts
//   request                 -               counts         counts         -
//   template                -               -              counts         -
//   reason of the refusal   -               -              -              counts
//   id of the challenge     -               -              -              counts
//
//   refusal         NewJob::rejection, whatever else is set: one record for each reason, which
//   bounds the
//                   records that a device can cause
//   others do it    NewJob::external, with or without a challenge: an NDES issues on the agent's
//                   word, so that word is for the very same request alone
//   own challenge   good for one certificate: whatever is asked for, it is one enrollment
//   shared right    many may use it: another name gets another certificate
//
// One SCEP transaction, as both sides name it (RFC 8894 section 3.2.1.1).
struct EnrollmentKey {
  std::string service;         // its configured name
  std::string transaction_id;  // at most 255 characters
  // SHA-256 of the SubjectPublicKeyInfo of who asks: the key that signs the SCEP message, which is
  // the one to be certified, but in a renewal the old one; of an NDES's request the one in it.
  crypto::Sha256 public_key{};
};

struct NewEnrollment {
  EnrollmentKey key;
  // SHA-256 over what gives the right: the challenge, or the certificate that is renewed. The same
  // transaction on another right is another enrollment.
  crypto::Sha256 right{};
  // SHA-256 of the CertificationRequestInfo: of what is asked for, whoever signed it when.
  crypto::Sha256 request{};
  // A challenge that is good for one certificate: its id, at most 128 characters. Empty: none, or
  // one that many may use.
  std::string challenge;
  Timestamp remember_until;  // the challenge's end: so long is its use remembered, job or no job
  std::string device;        // the management system's id of the device; may be empty
  // RFC 4514, as asked for; where the request was not read, of the certificate that signed it.
  std::string subject;
  // What is done when it is new. The source is scep, the instance the service. With a rejection:
  // refused before it reached a CA; only noted, and holds no challenge.
  NewJob job;
};

struct EnrollmentStanding {
  JobTicket ticket;
  JobState state = JobState::queued;  // a reported job: reported
  std::optional<Outcome> outcome;     // once finished
  bool begun = false;                 // by this very call: its job waits in the queue now
  // The endpoint has refused what was issued, so nobody gets it.
  bool withheld = false;
};

enum class ChallengeConflict {
  challenge_in_use,  // another transaction or key presented it first and is under way
  challenge_used     // it has brought its certificate already, or nobody can tell that it has not
};
using BeginAnswer = std::variant<EnrollmentStanding, ChallengeConflict>;

struct EnrollmentRecord {
  EnrollmentKey key;
  std::string challenge;
  std::string device;
  std::string subject;
  Timestamp at;
  int attempts = 1;  // jobs that were made for it
  JobTicket ticket;  // of the last one
  std::string job;   // its id; empty: removed after its retention
};
// Everything that is set must fit.
struct EnrollmentFilter {
  std::optional<std::string> service;
  std::optional<std::string> transaction_id;
  std::optional<std::string> device;
  std::optional<std::string> subject;    // holds this text
  std::optional<std::string> challenge;  // id
  std::optional<JobTicket> ticket;       // also of a job that another one has replaced
  std::optional<JobTicket> after;        // page: older than this one
  std::size_t limit = 50;
};

class EnrollmentLedger {
 public:
  virtual ~EnrollmentLedger() = default;

  // For each, in order and in one transaction: the newest enrollment that is the same decides.
  // `stands`: it answers how that one stands. `begins`: it gets a job.
  //
  //   the newest one that is the same    own challenge    shared right   refusal
  //   --------------------------------   --------------   ------------   -------
  //   none                               begins           begins         noted
  //   is under way                       stands           stands         stands
  //   has its certificate                stands           stands (1)     stands
  //   has failed                         begins           begins         stands
  //   others never told of it until its
  //   deadline: it may have brought one  stands           begins         stands
  //   its job is done and forgotten      challenge_used   begins         noted
  //
  //   (1) begins once that certificate has expired
  //
  // What begins on an own challenge takes it, from one that has failed as well. If another one that
  // is under way holds it: challenge_in_use; one that has not failed: challenge_used.
  virtual Result<std::vector<BeginAnswer>> begin(const std::vector<NewEnrollment>& enrollments,
                                                 Timestamp now) = 0;
  // The newest of this transaction; if it was refused on arrival, rather the newest that was begun,
  // unless that has failed. Nothing when there is none.
  virtual Result<std::optional<EnrollmentStanding>> find(const EnrollmentKey& key) = 0;
  // Newest first; cost grows with what it passes over, which is nothing by ticket.
  virtual Result<std::vector<EnrollmentRecord>> list(const EnrollmentFilter& filter) = 0;
  // Forgets what has neither a job nor a challenge that could come again. At most `max`; returns
  // how many.
  virtual Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) = 0;
};

}  // namespace certconnector::core
