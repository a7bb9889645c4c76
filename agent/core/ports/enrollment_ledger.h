// The enrolment ledger port: which device asked for what, on which right, and which job stands for
// it. It lives beside the queue, so that a challenge is reserved and its job stored in one
// transaction.
//
// Whether a challenge is reserved, used or free again is not kept as a state of its own: it follows
// from the job of the enrolment that holds it. Durable when a call returns; thread-safe; errors as
// in job_store.h.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/crypto/digest.h"

namespace certconnector::core {

// What makes two requests the same enrolment: service, transaction id, key and right; without a
// challenge for one certificate the request itself as well, and of a request that somebody else
// does (NewJob::outside) request and template always. So a right that many may use gives another
// name another certificate, and one who issues on our word gets it for the very same request alone.
// Refusals are the same while service, transaction id, key, right, reason and challenge are: each
// reason is told once.
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
  // transaction on another right is another enrolment.
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

enum class EnrollmentRefusal {
  challenge_in_use,  // another transaction or key presented it first and is under way
  challenge_used     // it has brought its certificate already, or nobody can tell that it has not
};
using BeginAnswer = std::variant<EnrollmentStanding, EnrollmentRefusal>;

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

  // For each, in order and in one transaction: an enrolment that is known answers how it stands; a
  // new one, and a known one whose job has failed, gets its job. So does one without a challenge
  // whose certificate has expired. What somebody else does and never told of until its deadline may
  // have brought a certificate: its challenge counts as used.
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
