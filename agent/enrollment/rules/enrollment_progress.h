// How far an enrollment is. Nobody stores it: it follows from the enrollment's job.
#pragma once

#include <optional>
#include <string>

#include "agent/core/ports/enrollment_ledger.h"
#include "agent/enrollment/rules/lineage_rules.h"

namespace certconnector::enrollment {

enum class Progress {
  under_way,
  succeeded,
  failed,
  unknown,  // NDES did it and reported no outcome before the deadline
  gone      // its job is done and was purged
};

// Of a job that exists; without one the progress is `gone`.
//
//   job                    is external    progress
//   ---------------------  ------------   ---------
//   not finished           -              under_way
//   ended as succeeded     -              succeeded
//   ended as dead          yes            unknown
//   ended otherwise        -              failed
struct JobFacts {
  core::JobState state = core::JobState::queued;
  std::optional<core::JobState> ended_as;
  bool external = false;
};
[[nodiscard]] Progress progress_of(const JobFacts& job);

// What a store knows of an enrollment's job. The default: the job is gone.
struct EnrollmentJob {
  Progress progress = Progress::gone;
  core::JobState state = core::JobState::reported;
  bool refused_on_arrival = false;  // it was only noted, and never reached a CA
};

struct KnownEnrollment {
  core::JobTicket ticket;
  bool withheld = false;
  bool renews = false;  // a certificate of a lineage
};

// The rows that a rule asks for when it needs them, in the transaction of the call that applies the
// rule. A store implements it. No rule asks twice for the same row.
class EnrollmentRows {
 public:
  virtual ~EnrollmentRows() = default;

  [[nodiscard]] virtual Result<EnrollmentJob> job(core::JobTicket ticket) = 0;
  // Nothing: the job is not over, or ended without an outcome.
  [[nodiscard]] virtual Result<std::optional<core::Outcome>> outcome(core::JobTicket ticket) = 0;
  // The enrollment that holds a challenge, in any state.
  [[nodiscard]] virtual Result<std::optional<core::JobTicket>> holder(
      const std::string& challenge) = 0;
  // Of the certificate that the enrollment renews; nothing: the store does not know it.
  [[nodiscard]] virtual Result<std::optional<LineageFacts>> lineage(
      const core::NewEnrollment& enrollment, Timestamp now) = 0;
};

// The standing of an enrollment. Asks for the outcome only of a job that is over.
[[nodiscard]] Result<core::EnrollmentStanding> standing_of(const KnownEnrollment& known,
                                                           const EnrollmentJob& job,
                                                           EnrollmentRows& rows);

// Looks through the enrollments of one transaction, newest first, for the one that answers:
//
//   this one's job              an earlier look has one   takes   is done
//   --------------------------  -----------------------   -----   -------
//   gone                        -                         no      no
//   refused on arrival          no                        yes     no
//   refused on arrival          yes                       no      no
//   failed at its CA            no                        yes     yes
//   failed at its CA            yes                       no      yes
//   under way, issued, unknown  -                         yes     yes
//
// So a denial on arrival, with another authorization or none, hides no enrollment that goes on or
// was issued. A device whose newest request failed never gets an older certificate.
struct Look {
  bool takes = false;
  bool done = false;
};
[[nodiscard]] Look look_at(const EnrollmentJob& job, bool has_one);

// The enrollment that answers for a transaction; nothing when none can.
[[nodiscard]] Result<std::optional<core::EnrollmentStanding>> answer_of(
    const std::vector<KnownEnrollment>& newest_first, EnrollmentRows& rows);

// Once the job of an enrollment is gone its certificate still tells how it ended. Whether this
// certificate is of the service and transaction, and whether its key is the one that signed the
// request; in a renewal that is the key of the certificate which it renewed.
[[nodiscard]] bool is_of_transaction(const core::CertificateEntry& entry,
                                     const core::EnrollmentKey& key);
[[nodiscard]] bool has_key(const core::IssuedCertificate& issued, const crypto::Sha256& public_key);
// The standing of such an enrollment. No withheld certificate is without its job
// (jobs::needed_until()), so this one is not.
[[nodiscard]] core::EnrollmentStanding standing_by_certificate(core::JobTicket ticket,
                                                               core::IssuedCertificate issued);

// Whether a ledger may forget an enrollment: its job is gone, and its challenge cannot return.
[[nodiscard]] bool may_forget(Progress progress, Timestamp remember_until, Timestamp now);

}  // namespace certconnector::enrollment
