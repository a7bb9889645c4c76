// Turns devices' requests into jobs. Takes requests from many threads and stores those that arrive
// together in one transaction. Answers each when its job has an outcome or its patience ends. Lives
// through every change of settings. Thread-safe.
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
#include "agent/enrollment/lineage_alarms.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/storage_guard.h"
#include "common/runtime/signal.h"
#include "common/time/stop.h"

namespace certconnector::enrollment {

struct StillPending {};  // the request is safe; ask again later
struct Enrolled {
  core::IssuedCertificate certificate;
  // Issued at this moment. Otherwise it may be revoked by now.
  bool fresh = false;
  std::optional<core::JobTicket> renewal = std::nullopt;  // it renews one: its enrollment
};
using EnrollmentAnswer = std::variant<Enrolled, StillPending, Unavailable, core::Failed>;

struct EnrollmentTerms {
  // The agent gives out the certificate only after the endpoint acknowledged it.
  bool after_report = false;
  Duration patience{10000};  // how long to wait before StillPending
};

class EnrollmentQueue final : public core::OutcomeListener {
 public:
  // Called once, from one of the agent's threads; must not block.
  using Done = std::function<void(EnrollmentAnswer)>;

  // All outlive it; `alarms` may be null.
  EnrollmentQueue(core::EnrollmentLedger& ledger, jobs::StorageGuard& storage, const Clock& clock,
                  core::CrashPoints& crash_points, jobs::JobIntake& intake,
                  LineageAlarms* alarms = nullptr);

  void enroll(core::NewEnrollment enrollment, const EnrollmentTerms& terms, Done done);
  // Stores a denial as a job that failed on arrival, so that it is found and reported as any other.
  void note(core::NewEnrollment enrollment, const core::Failed& reason);
  // The state of an enrollment, without waiting; nothing: there is none. Errors: as the ledger's.
  [[nodiscard]] Result<std::optional<EnrollmentAnswer>> find(const core::EnrollmentKey& key,
                                                             const EnrollmentTerms& terms);
  // The same for a poll: of an enrollment that this key signed.
  [[nodiscard]] Result<std::optional<EnrollmentAnswer>> poll(const core::EnrollmentKey& signer,
                                                             const EnrollmentTerms& terms);

  // A device gets the certificate of this renewal now. Stored within about a second; a crash before
  // that forgets it.
  void given(core::JobTicket renewal);

  // A loop step: stores new arrivals, and ends waits that took too long.
  Duration step(const StopToken& stop);
  // Notified when there is something to store. The loop of step() waits on it.
  [[nodiscard]] runtime::Signal& arrived() { return arrived_; }
  // Answers all waiters: the agent stops.
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
    std::optional<core::JobTicket> renewal;
    // The endpoint has the certificate. Another thread reports that it is issued; either may be
    // first.
    bool acknowledged = false;
  };
  // The events of a job that its waiters need.
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

  // With the mutex held. Whether the arrivals should wait for more.
  [[nodiscard]] bool gathers(Timestamp now) const;
  [[nodiscard]] Result<std::optional<EnrollmentAnswer>> looked_up(
      const Result<std::optional<core::EnrollmentStanding>>& found, const EnrollmentTerms& terms);
  void begin_arrivals();
  [[nodiscard]] std::vector<Arrival> take(std::size_t most);
  void begin(std::vector<Arrival> arrivals);
  void raise_alarms(const std::vector<core::NewEnrollment>& enrollments,
                    const std::vector<core::BeginAnswer>& answers);
  [[nodiscard]] Arrival note_of(core::NewEnrollment enrollment, const core::Failed& reason) const;
  void arrive(Arrival arrival);
  void tell(std::vector<News> news);
  void apply(const News& news, Calls& calls);
  [[nodiscard]] static std::optional<News> news_of(const core::Settlement& settlement);
  // The answer for the waiter now, if any.
  [[nodiscard]] static std::optional<EnrollmentAnswer> answer_to(Waiter& waiter, const News& news);
  [[nodiscard]] Calls end_overdue(Timestamp now);
  [[nodiscard]] Duration until_next(Timestamp now);
  void store_given(bool all);

  core::EnrollmentLedger& ledger_;
  jobs::StorageGuard& storage_;
  const Clock& clock_;
  core::CrashPoints& crash_points_;
  jobs::JobIntake& intake_;
  LineageAlarms* const alarms_;
  runtime::Signal arrived_;
  std::mutex mutex_;
  std::vector<Arrival> arrivals_;
  std::unordered_multimap<std::int64_t, Waiter> waiting_;  // by ticket
  Timestamp nobody_before_ = Timestamp::max();             // no patience ends earlier
  Timestamp began_{};                                      // the last transaction
  bool beginning_ = false;   // some have their jobs, and do not wait yet
  std::vector<News> early_;  // what came meanwhile
  std::vector<core::JobTicket> given_;
  Timestamp given_since_{};  // the oldest of them
};

}  // namespace certconnector::enrollment
