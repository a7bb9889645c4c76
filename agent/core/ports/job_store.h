// The job store port: the durable queue, its states and its outbox.
//
// Every call is one transaction and durable when it returns. Calls are thread-safe. Errors:
// transient (disk full, read-only, busy) means nothing of the call happened; corrupt means stop.
// Callers know a row by its JobTicket alone. Times are Clock::now() times. agent/jobs/lifecycle has
// the rules for all implementations; tests/contract/job_store_contract.h tests each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/core/cloud_share.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"

namespace certconnector::core {

// Opaque; valid until the job is purged.
struct JobTicket {
  std::int64_t value = 0;
};

struct NewJob {
  Job job;
  std::optional<Lease> lease;       // none for local jobs
  std::optional<Failed> rejection;  // set: denied on arrival; stored as failed, to be reported
  // False: the agent reports its outcome to no cloud. Always true for leased jobs, always false for
  // local ones.
  bool report = true;
  // Set: NDES carries it out, and it is overdue from then on. It waits, no runner claims it and no
  // person retries it; see external_enrollments.h.
  std::optional<Timestamp> external = std::nullopt;
};

enum class InsertResult {
  inserted,
  known,    // the same job again: its lease was renewed; a finished one is to be reported again
  conflict  // same source, instance and id with another digest: not stored, noted in the first
            // one's history
};

// The owner of claims: one life of the process. After a restart the owner is another one, and
// recover() frees the old claims.
using ClaimOwner = std::string;

struct ClaimQuery {
  CaFingerprint ca;
  std::size_t max = 1;
  ClaimOwner owner;
  Timestamp now;
  Timestamp claim_until;
};

struct ClaimedJob {
  JobTicket ticket;
  Job job;
  std::optional<Lease> lease;
  int attempt = 1;  // this one included
  bool interrupted =
      false;  // an earlier attempt may have reached the CA: ask it before submitting again
  bool approved = false;                       // a person has approved it
  std::optional<std::string> pending_request;  // the CA's id of a pending request, to be retrieved
  Duration last_backoff{0};                    // input of the next decorrelated jitter
  Timestamp received;
};

// A runner's verdict on a claimed job. agent/jobs/lifecycle/job_lifecycle.h decides what follows.
struct Finish {
  Outcome outcome;
  // Of an issued certificate: under what it is recorded, in the transaction of the outcome.
  std::optional<CertificateLabel> label = std::nullopt;
};
struct Die {  // could have succeeded, but time or attempts are used up
  Failed reason;
};
struct RetryLater {
  Timestamp due;
  Duration backoff{0};
  std::string code;
  std::string message;
  bool count_attempt = true;  // false: the CA was never called (breaker open, shutdown)
  // The CA may have taken the request: the next claim is interrupted, so that the agent asks the CA
  // first.
  bool ask_ca_first = false;
};
struct WaitForCa {
  std::string request_id;
  Timestamp due;  // when to ask again
};
struct WaitForApproval {
  std::string message;
};
struct Hold {
  std::string message;
};
struct LeaseLost {
  std::string message;
};
using Verdict = std::variant<Finish, Die, RetryLater, WaitForCa, WaitForApproval, Hold, LeaseLost>;

struct Settlement {
  JobTicket ticket;
  Verdict verdict;
};

// The store's answer to a settlement.
struct Settled {
  bool taken = true;  // false: `owner` has no claim on the job, and nothing of the verdict is kept
  // Set: the label's key had this certificate before. It is the outcome, in the verdict's place.
  std::optional<IssuedCertificate> before;
};

// The enrollment of a job of the source scep, for an auditor, beside the certificate.
struct EnrollmentDetails {
  std::string service;          // its configured name
  std::string transaction_id;   // as the device named it; may be empty
  crypto::Sha256 public_key{};  // as EnrollmentKey's
  std::string challenge;        // id of the challenge that it rests on; may be empty
  std::string device;           // the management system's id of the device; may be empty
  std::string subject;          // as NewEnrollment's
  Timestamp requested;          // when the device asked
  bool external = false;        // NDES carried it out: this agent may not serve its CA
};

// One finished job, to be reported.
struct Report {
  JobTicket ticket;
  JobKey key;
  JobType type = JobType::issue;
  CaFingerprint ca;
  std::string correlation_id;
  std::uint64_t lease_number = 0;
  JobState state = JobState::succeeded;  // succeeded, failed, dead or canceled
  Outcome outcome;
  int attempts = 0;
  Timestamp finished;
  std::optional<EnrollmentDetails> enrollment;  // set: no lease, it is a device's enrollment
};

enum class ReportVerdict {
  accepted,
  duplicate,  // the endpoint has this very result already
  // Another agent's result was first, or another enrollment used the challenge: the agent revokes
  // its certificate.
  superseded,
  // The endpoint does not know the job or cannot take the result: noted, final. The agent revokes
  // the certificate of an enrollment, since no device gets it.
  refused
};
struct ReportAcknowledgement {
  JobTicket ticket;
  ReportVerdict verdict = ReportVerdict::accepted;
  std::string note;  // the endpoint's words; may be empty
  std::optional<NewJob>
      follow_up;  // stored in the same transaction: revokes the certificate that was not taken
  // The step that a person must take, for the job's history; empty: none.
  std::string by_hand = {};
  bool issued = false;  // the outcome that was reported is a certificate
};

struct JobEvent {
  Timestamp at;
  std::string kind;  // "retry", "interrupted", "conflict", "approved", "lease_renewed", ...
  std::string message;
};

struct JobRecord {
  JobTicket ticket;
  Job job;
  JobState state = JobState::queued;
  std::optional<Outcome> outcome;
  std::optional<JobState> ended_as;  // when reported: what it was before
  std::optional<Lease> lease;
  int attempts = 0;
  Timestamp received;
  Timestamp due;
  std::optional<Timestamp> started;  // of the last attempt
  std::optional<Timestamp> finished;
  std::optional<Timestamp> reported;
  std::string last_code;  // of the last attempt that did not finish the job
  std::string last_message;
  bool waiting_for_approval = false;
  bool may_be_at_ca = false;  // a certificate may follow, whatever becomes of the job
  bool reports = true;        // its outcome goes to a cloud
  bool external = false;      // NDES carries it out
};

// How a job ended, reported or not: succeeded, failed, dead or canceled. Nothing: it has not.
[[nodiscard]] inline std::optional<JobState> outcome_of(const JobRecord& record) {
  if (record.state == JobState::reported) return record.ended_as;
  const bool ended = record.state == JobState::succeeded || record.state == JobState::failed ||
                     record.state == JobState::dead || record.state == JobState::canceled;
  return ended ? std::make_optional(record.state) : std::nullopt;
}

struct JobFilter {
  std::optional<JobState> state;
  std::optional<JobState> outcome;  // as outcome_of()
  std::optional<JobType> type;
  std::optional<CaFingerprint> ca;
  std::optional<Timestamp> since;  // received
  std::optional<Timestamp> until;
  std::size_t limit = 50;
  std::optional<JobTicket> after;  // page: older than this one
};

struct JobPage {
  std::vector<JobRecord> jobs;    // newest first
  std::optional<JobTicket> next;  // there may be more after it
  // Set with `next` when the call had looked at as much as one call may, before the page was full:
  // how far back it has looked, by the jobs' times of arrival.
  std::optional<Timestamp> searched_to;
};

struct JobCount {
  CaFingerprint ca;
  JobType type = JobType::issue;
  JobState state = JobState::queued;
  std::uint64_t count = 0;
};

// How jobs ended, reported or not; `state` is the outcome.
struct JobOutcomes {
  std::vector<JobCount> counts;
  bool complete = true;  // false: there are more that ended in this time
};

struct LeaseHolding {
  JobTicket ticket;
  std::string id;
  std::string instance;
  Lease lease;
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // One result for each job, in order.
  virtual Result<std::vector<InsertResult>> insert(const std::vector<NewJob>& jobs,
                                                   Timestamp now) = 0;

  // Due jobs of one CA, revocations first, then priority, then age; marked running, attempts
  // counted. A running job is never claimed again by its own owner, however old its claim is: its
  // verdict may still be in memory.
  virtual Result<std::vector<ClaimedJob>> claim(const ClaimQuery& query) = 0;
  // When the next queued or pending job of this CA is due; nothing when there is none.
  virtual Result<std::optional<Timestamp>> next_due(const CaFingerprint& ca) = 0;
  // How many settlements one call may have without holding up others: a certificate among many is
  // written at many places.
  [[nodiscard]] virtual std::size_t settle_at_once() = 0;
  // One answer for each, in order. An issued certificate without a label is a permanent error.
  virtual Result<std::vector<Settled>> settle(const std::vector<Settlement>& settlements,
                                              const ClaimOwner& owner, Timestamp now) = 0;
  // At start, before the first claim: frees the claims of other owners, as interrupted, and returns
  // how many. Due times and leases that only a clock that was ahead can have written end now.
  virtual Result<std::uint64_t> recover(const ClaimOwner& owner, Timestamp now) = 0;

  // Unfinished jobs of this share whose lease ends before `before`, soonest first. Which of them:
  //
  //   the job is                                         its CA is served   is not served
  //   ------------------------------------------------   ----------------   -------------
  //   running, interrupted, held or pending at its CA    given              given
  //   anything else: its CA cannot have taken it yet     given              left out
  virtual Result<std::vector<LeaseHolding>> leases_ending(const CloudShare& share, Timestamp before,
                                                          const std::vector<CaFingerprint>& served,
                                                          std::size_t max) = 0;
  virtual Status renew_leases(const std::vector<LeaseHolding>& renewed) = 0;
  // Queued, waiting and held jobs whose lease the endpoint gave away: canceled, nothing to report.
  // Running and interrupted ones are left to their runner, which checks for itself: what the CA
  // issued has to be reported.
  virtual Status lose_leases(const std::vector<JobTicket>& lost, Timestamp now) = 0;
  // Queued, waiting and held jobs past their deadline become dead. At most `max`; returns how many.
  // Interrupted ones are left to their runner, which asks the CA first: a certificate that exists
  // is reported, late or not.
  virtual Result<std::uint64_t> expire(Timestamp now, std::size_t max) = 0;

  // One cloud's outbox: finished, not acknowledged, oldest first.
  virtual Result<std::vector<Report>> unreported(const CloudShare& share, std::size_t max) = 0;
  virtual Status acknowledge(const std::vector<ReportAcknowledgement>& acks, Timestamp now) = 0;

  virtual Result<std::vector<JobCount>> counts() = 0;  // cost does not grow with the queue
  // Of jobs whose result is to be reported yet, and of those that ended since `since` and are done.
  // Cost does not grow with the queue: of the latter at most `max` are looked at, the newest.
  virtual Result<JobOutcomes> outcomes(Timestamp since, Timestamp now, std::size_t max) = 0;
  // One page. The cost of a call is bounded, whatever is stored.
  virtual Result<JobPage> page(const JobFilter& filter) = 0;
  // The jobs of a page.
  Result<std::vector<JobRecord>> list(const JobFilter& filter) {
    CC_TRY_ASSIGN(JobPage found, page(filter));
    return std::move(found.jobs);
  }
  virtual Result<std::vector<JobRecord>> find(
      const std::string& id) = 0;  // one for each source and instance
  // Ids that begin so, each once, in their order; the first `max` of them. Cost does not grow with
  // the queue. An empty beginning is that of every id.
  virtual Result<std::vector<std::string>> ids_with_beginning(const std::string& beginning,
                                                              std::size_t max) = 0;
  // The one of this source, instance and id; its digest is not compared.
  virtual Result<std::optional<JobRecord>> find(const JobKey& key) = 0;
  virtual Result<std::vector<JobEvent>> history(JobTicket ticket) = 0;  // oldest first, at most 200

  // By a person. Permanent error when the job's state does not allow it; the message says why.
  virtual Status retry(JobTicket ticket, Timestamp now,
                       const std::string& who) = 0;  // failed, dead, held, queued; unreported only
  virtual Status cancel(JobTicket ticket, Timestamp now,
                        const std::string& who) = 0;  // reported as failed, code canceled
  virtual Status approve(JobTicket ticket, Timestamp now, const std::string& who) = 0;
  virtual Status deny(JobTicket ticket, Timestamp now, const std::string& who,
                      const std::string& why) = 0;

  // Removes jobs reported (or canceled, or local and finished) before `before`; their certificates
  // stay. A job stays until the end of the challenge that its enrollment holds, and while it is
  // known by it alone that no device may get its certificate (withheld): until that one's end.
  // Looks at `max` jobs at most, at each that stays once until then; returns at how many: fewer
  // than `max` means that nothing is left to do.
  virtual Result<std::uint64_t> purge(Timestamp before, Timestamp now, std::size_t max) = 0;

  // Whether a small durable write works: the way back after a full disk.
  virtual Status probe() = 0;
  // Whether a restart would find what is written here. Cheap: it neither reads nor writes the
  // store. Error transient: its file was deleted or replaced, and may be put back.
  virtual Status check_in_place() = 0;
};

}  // namespace certconnector::core
