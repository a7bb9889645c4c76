// Where devices' requests become jobs: takes them from many threads, stores what has come together
// in one transaction, and answers each as soon as its job has an outcome or patience ends. Lasts
// over every change of settings. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "agent/core/outcome_listener.h"
#include "agent/core/ports/crash_points.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/enrollment/denied.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/storage_guard.h"
#include "common/runtime/signal.h"
#include "common/time/stop.h"

namespace certconnector::enrollment {

struct StillPending {};  // the request is safe; ask again later
struct Enrolled {
  core::IssuedCertificate certificate;
  // It was issued this very moment. Otherwise it may have been revoked since.
  bool fresh = false;
};
using EnrollmentAnswer = std::variant<Enrolled, StillPending, Unavailable, core::Failed>;

struct EnrollmentTerms {
  // The certificate is given out only once the endpoint has acknowledged it.
  bool after_report = false;
  Duration patience{10000};  // how long an answer is waited for before it is StillPending
};

class EnrollmentQueue final : public core::OutcomeListener {
 public:
  // Called once, from one of the agent's threads; must not block.
  using Done = std::function<void(EnrollmentAnswer)>;

  EnrollmentQueue(core::EnrollmentLedger& ledger, jobs::StorageGuard& storage, const Clock& clock,
                  core::CrashPoints& crash_points, jobs::JobIntake& intake);

  void enroll(core::NewEnrollment enrollment, const EnrollmentTerms& terms, Done done);
  // A refusal, as a job that failed on arrival: so it is found and reported as any other.
  void note(core::NewEnrollment enrollment, const core::Failed& reason);
  // How an enrollment stands, without waiting; nothing when there is none. Errors: as the ledger's.
  [[nodiscard]] Result<std::optional<EnrollmentAnswer>> poll(const core::EnrollmentKey& key,
                                                             const EnrollmentTerms& terms);

  // A loop step: stores what has arrived, and ends waits that took too long.
  Duration step(const StopToken& stop);
  // Notified when there is something to store: the loop of step() waits on it.
  [[nodiscard]] runtime::Signal& arrived() { return arrived_; }
  // Answers everybody who waits: the agent stops.
  void close();

  void settled(const std::vector<core::Settlement>& settlements) override;
  void acknowledged(const std::vector<core::ReportAcknowledgement>& acknowledgements) override;

 private:
  struct Arrival {
    core::NewEnrollment enrollment;
    EnrollmentTerms terms;
    Timestamp until;
    Done done;
  };
  struct Waiter {
    EnrollmentTerms terms;
    Timestamp until;
    Done done;
    std::optional<core::IssuedCertificate> certificate;  // issued, not yet acknowledged
    // The endpoint has the certificate. Another thread tells that it is issued: either may be
    // first.
    bool acknowledged = false;
  };
  // What became of a job, as far as those who wait for it care.
  enum class Event {
    issued,        // `certificate`
    failed,        // `reason`
    takes_long,    // it waits for the CA or a person
    acknowledged,  // the endpoint has it
    refused        // the endpoint does not take it
  };
  struct News {
    std::int64_t ticket = 0;
    Event event = Event::takes_long;
    core::IssuedCertificate certificate;
    core::Failed reason;
  };
  struct Call {
    Done done;
    EnrollmentAnswer answer;
  };
  using Calls = std::vector<Call>;

  // With the mutex held. Whether what has arrived had better wait for more.
  [[nodiscard]] bool gathers(Timestamp now) const;
  [[nodiscard]] std::vector<Arrival> take();
  void begin(std::vector<Arrival> arrivals);
  [[nodiscard]] Arrival note_of(core::NewEnrollment enrollment, const core::Failed& reason) const;
  void arrive(Arrival arrival);
  void tell(std::vector<News> news);
  void apply(const News& news, Calls& calls);
  [[nodiscard]] static std::optional<News> news_of(const core::Settlement& settlement);
  // What the waiter is answered now, if anything.
  [[nodiscard]] static std::optional<EnrollmentAnswer> answer_to(Waiter& waiter, const News& news);
  [[nodiscard]] Calls end_overdue(Timestamp now);
  [[nodiscard]] Duration until_next(Timestamp now);

  core::EnrollmentLedger& ledger_;
  jobs::StorageGuard& storage_;
  const Clock& clock_;
  core::CrashPoints& crash_points_;
  jobs::JobIntake& intake_;
  runtime::Signal arrived_;
  std::mutex mutex_;
  std::vector<Arrival> arrivals_;
  std::unordered_multimap<std::int64_t, Waiter> waiting_;  // by ticket
  Timestamp nobody_before_ = Timestamp::max();             // no patience ends earlier
  Timestamp began_{};                                      // the last transaction
  bool beginning_ = false;   // some have their jobs, and do not wait yet
  std::vector<News> early_;  // what came meanwhile
};

}  // namespace certconnector::enrollment
