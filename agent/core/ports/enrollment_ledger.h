// The enrollment ledger port: each device's request, its authorization and its job. It lives beside
// the queue, so that one transaction reserves a challenge and stores its job.
//
// The ledger keeps no state of a challenge: whether it is reserved, used or free again follows from
// the job of the enrollment that holds it. Durable when a call returns; thread-safe; errors as in
// job_store.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/crypto/digest.h"

namespace certconnector::core {

// Two requests are one enrollment when every part that counts for their kind is the same.
//
//   part                   own challenge   shared   external   denied
//   --------------------   -------------   ------   --------   ------
//   service                counts          counts   counts     counts
//   transaction id         counts          counts   counts     counts
//   public key             counts          counts   counts     counts
//   right                  counts          counts   counts     counts
//   request                -               counts   counts     -
//   template               -               -        counts     -
//   reason of the denial   -               -        -          counts
//   id of the challenge    -               -        -          counts
//
//   denied          NewJob::rejection, whatever else is set: one record for each reason, which
//                   bounds the records that a device can cause
//   external        NewJob::external, with or without a challenge: NDES issues on the agent's
//                   word, so that word is for the very same request alone
//   own challenge   good for one certificate: every request with it is one enrollment
//   shared          many devices may use the authorization: another name gets another certificate
//
// One SCEP transaction, as both sides name it (RFC 8894 section 3.2.1.1).
struct EnrollmentKey {
  std::string service;         // its configured name
  std::string transaction_id;  // at most 255 characters
  // SHA-256 of the SubjectPublicKeyInfo of the key in the request; in a renewal of the old key,
  // which signs it. In a poll: of the key that signs the SCEP message.
  crypto::Sha256 public_key{};
};

// How many certificates a lineage may have (agent/enrollment/rules/lineage_rules.h).
struct LineageLimits {
  std::size_t in_force = 3;
  std::size_t a_day = 6;
};

// The right of an enrollment that renews a certificate without a challenge.
struct Renewal {
  Bytes serial;  // of the certificate that it renews
  LineageLimits limits = {};
  // The same one. A store that does not know it records it, without a job: so that whoever copied
  // its key does not begin a lineage with each renewal. Empty: it has no lineage then.
  IssuedCertificate certificate = {};
  CaFingerprint ca = {};  // that issued the certificate, a former one; empty: the job's
};

struct NewEnrollment {
  EnrollmentKey key;
  // SHA-256 over the basis of the authorization: the challenge, or the certificate that is renewed.
  // The same transaction on another basis is another enrollment.
  crypto::Sha256 right{};
  // SHA-256 of the CertificationRequestInfo: the content of the request, without its signature.
  crypto::Sha256 request{};
  // A challenge that is good for one certificate: its id, at most 128 characters. Empty: none, or
  // one that many may use.
  std::string challenge;
  Timestamp remember_until;  // the challenge's end: the ledger knows its use until then
  std::string device;        // the management system's id of the device; may be empty
  // RFC 4514, as requested. Of a request that the agent did not read: the subject of the
  // certificate that signed it.
  std::string subject;
  // Set: it joins the lineage of that certificate, and its device where `device` is empty.
  std::optional<Renewal> renewal = std::nullopt;
  // The key that signed the SCEP message, where that is not `key.public_key`. It is no part of the
  // identity: the same request is the same enrollment, whoever signs it.
  std::optional<crypto::Sha256> signer = std::nullopt;
  // Begins in its place where its challenge is another's or used: the renewal that the request is
  // as well.
  std::shared_ptr<const NewEnrollment> instead = nullptr;
  // The job of a new enrollment. The source is scep, the instance the service. With a rejection:
  // denied before it reached a CA; only noted, and holds no challenge.
  NewJob job;
};

// The CA of the certificate that it renews.
[[nodiscard]] inline const CaFingerprint& ca_of_renewed(const NewEnrollment& enrollment) {
  const bool former = enrollment.renewal && !enrollment.renewal->ca.empty();
  return former ? enrollment.renewal->ca : enrollment.job.job.ca;
}

struct EnrollmentStanding {
  JobTicket ticket;
  JobState state = JobState::queued;  // a reported job: reported
  std::optional<Outcome> outcome;     // once finished
  bool begun = false;                 // by this very call: its job waits in the queue now
  // The endpoint denied the report of the certificate, so no device gets it.
  bool withheld = false;
  bool renews = false;  // it renews a certificate of a lineage
};

enum class ChallengeConflict {
  challenge_in_use,  // another transaction or key presented it first and is under way
  challenge_used     // an enrollment has its certificate, or the agent cannot rule that out
};
// Why a lineage gets no more certificates without a challenge.
enum class LineageConflict {
  compromised,  // a member was revoked for keyCompromise
  full,         // as many as the limits allow are in force
  too_often     // as many as the limits allow were issued in a day
};
using BeginAnswer = std::variant<EnrollmentStanding, ChallengeConflict, LineageConflict>;

struct EnrollmentRecord {
  EnrollmentKey key;
  std::string challenge;
  std::string device;
  std::string subject;
  Timestamp at;
  int attempts = 1;             // jobs that were made for it
  JobTicket ticket;             // of the last one
  std::string job;              // its id; empty: removed after its retention
  bool foreign_signer = false;  // another key than `key.public_key` signed it first
  int signers = 1;              // how many keys signed it, the first one and all that came after
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
  //   the newest one that is the same    own challenge    shared       denied
  //   --------------------------------   --------------   ----------   ------
  //   none                               begins           begins       noted
  //   is under way                       stands           stands       stands
  //   has its certificate                stands           stands (1)   stands
  //   has failed                         begins           begins       stands
  //   external, and overdue until its
  //   deadline: it may have one          stands           begins       stands
  //   its job is done and forgotten      challenge_used   begins       noted
  //
  //   (1) begins once that certificate has expired
  //
  // A renewal begins if its lineage allows it (LineageConflict).
  //
  // An enrollment that begins on an own challenge takes it, from a failed enrollment too. Another
  // enrollment under way holds it: challenge_in_use. Another that has not failed: challenge_used.
  virtual Result<std::vector<BeginAnswer>> begin(const std::vector<NewEnrollment>& enrollments,
                                                 Timestamp now) = 0;
  // How many enrollments one call of begin() may have without holding up others.
  [[nodiscard]] virtual std::size_t begin_at_once() = 0;
  // The newest of this transaction. If it was denied on arrival: the newest that began, unless that
  // has failed. Where the jobs of those that began are gone: the newest certificate of the
  // transaction that is of this key, or renewed one of this key. Nothing when there is none.
  virtual Result<std::optional<EnrollmentStanding>> find(const EnrollmentKey& key) = 0;
  // The same for a poll: of enrollments that this key signed, as the first one or as the last one
  // (agent/enrollment/rules/request_signers.h).
  virtual Result<std::optional<EnrollmentStanding>> find_for_poll(const EnrollmentKey& signer) = 0;
  // Newest first. By ticket, transaction, device or the challenge's holder: whatever is stored.
  // By what else is set alone: among the newest 20,000, or as many older than `after`.
  virtual Result<std::vector<EnrollmentRecord>> list(const EnrollmentFilter& filter) = 0;
  // The agent gave the certificates of these renewals to their devices.
  virtual Status given(const std::vector<JobTicket>& renewals, Timestamp now) = 0;
  // Forgets enrollments without a job and without a challenge that could come again. At most `max`;
  // returns how many.
  virtual Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) = 0;
};

}  // namespace certconnector::core
