// The agent's ports and a job store that do nothing but remember, for the tests of both ends of the
// control socket.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "agent/control/command_dispatcher.h"
#include "agent/control/peer_check.h"
#include "agent/core/ports/job_store.h"
#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::testing {

enum class FakeErrc { refused };
[[nodiscard]] ErrorCode error_code(FakeErrc errc);

// Not thread-safe beyond one request at a time.
class FakeOperations final : public control::StatusOperations,
                             public control::OperatingModeOperations,
                             public control::IdentityOperations,
                             public control::CaOperations,
                             public control::CertificateLookups,
                             public control::JobOperations,
                             public control::BackupOperations,
                             public control::ConfigurationOperations,
                             public control::ReloadOperations {
 public:
  control::StatusView view;        // the result of status()
  std::optional<Error> refusal;    // when set, everything that can fail fails with it
  std::vector<std::string> calls;  // what was asked, in words; no secrets
  control::ReloadView reload_view;
  control::CreateCa created;
  control::ImportCa imported;
  control::CreatedCa import_answer;  // what it says of the CA's past
  std::vector<control::EarlierRecords> earlier;
  core::EarlierTaken taken;  // the answer to them
  std::string token;
  std::vector<Bytes> chain;
  std::function<void()> on_status;  // to block or to throw
  std::function<void()> on_backup;  // to block
  std::function<void()> on_backup_progress;
  // The lookups of the CAs, by their SHA-256; the others have none.
  std::map<core::CaFingerprint, std::shared_ptr<core::CertificateLookup>> lookups;
  std::vector<core::NewJob> run;             // what was to be done
  std::optional<core::Outcome> run_outcome;  // how it ends; nothing: it takes long

  control::StatusView status() override;
  control::BuildView build() override { return view.build; }
  jobs::OperatingState state() override { return view.state; }
  std::optional<control::IdentityView> identity() override { return view.identity; }
  std::vector<control::CaView> cas() override { return view.cas; }
  std::vector<core::HealthFinding> health() override { return view.health; }
  Status pause() override { return change("pause", jobs::OperatingState::paused); }
  Status resume() override { return change("resume", jobs::OperatingState::working); }
  Status accept_clock() override { return change("accept clock", jobs::OperatingState::working); }
  Status drain() override { return change("drain", jobs::OperatingState::draining); }
  Result<control::IdentityView> enroll(const std::string& token_text) override;
  Result<control::IdentityView> renew_identity() override;
  Result<control::CreatedCa> create_ca(const control::CreateCa& request) override;
  Result<control::CreatedCa> import_ca(const control::ImportCa& request) override;
  Result<core::EarlierTaken> take_earlier(const control::EarlierRecords& records) override;
  Status test_ca(const std::string& name) override { return called("test_ca " + name); }
  Result<std::vector<Bytes>> ca_chain(const std::string& name) override;
  Status publish_crl(const std::string& name) override { return called("publish_crl " + name); }
  control::BackupProgress progress() override {
    if (on_backup_progress) on_backup_progress();
    return {"copying pages", 3, 4};
  }
  Status backup(const std::string& folder) override {
    if (on_backup) on_backup();
    return called("backup " + folder);
  }
  std::shared_ptr<core::CertificateLookup> certificates_of(const core::CaFingerprint& ca) override;
  Result<core::JobRecord> run_job(const core::NewJob& job, Duration patience) override;
  control::ConfigurationView configuration() override {
    return {"[agent]\nworkers = 2\n", {{"agent", "workers", "2"}}};
  }
  Result<control::ReloadView> reload() override {
    CC_TRY(called("reload"));
    return reload_view;
  }
  void jobs_changed() override { calls.emplace_back("jobs_changed"); }

 private:
  Status called(const std::string& what);
  Status change(const std::string& what, jobs::OperatingState state);
};

// Challenges as a test sets them.
class FakeChallenges final : public control::ChallengeOperations {
 public:
  std::optional<Error> refusal;    // when set, everything fails with it
  std::vector<std::string> calls;  // "revoke otp-1 by alice"
  control::NewChallenge wanted;
  control::MadeChallenge made;
  control::ChallengeList list;
  std::optional<core::ChallengeState> was = core::ChallengeState::open;

  Result<control::MadeChallenge> make_challenge(const control::NewChallenge& challenge,
                                                const std::string& who) override;
  Result<control::ChallengeList> challenges(const std::optional<std::string>& service) override;
  Result<std::optional<core::ChallengeState>> revoke_challenge(const std::string& id,
                                                               const std::string& who) override;
};

// "otp-5b0c91d2aa" with the password "Kf7wQz2mNp4tXe9v", open for an hour from FakeClock::kStart.
[[nodiscard]] FakeChallenges example_challenges();
// SCEP services that do what a test says.
class FakeScep final : public control::ScepOperations {
 public:
  std::vector<control::ScepServiceView> views;
  std::string listens = "127.0.0.1:8080";
  std::string listens_for_tls;
  std::optional<Error> refusal;
  control::ScepTest tested;
  control::ScepTestView outcome;

  std::vector<control::ScepServiceView> services() override { return views; }
  std::string address() override { return listens; }
  std::string tls_address() override { return listens_for_tls; }
  std::string fail_info(const core::Failed&) override { return "badRequest"; }
  Result<control::ScepTestView> enroll_for_test(const control::ScepTest& test) override;
};

// "phones": works, one-time passwords, no switch is on.
[[nodiscard]] control::ScepServiceView example_service();

// Knows the certificates that a test plants.
class FakeRegister final : public core::CertificateLookup {
 public:
  bool issued_more = false;
  Result<bool> may_have_issued_more() override { return issued_more; }
  std::vector<core::CertificateRecord> records;
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override;
};

// A CA that is set up, an identity, an endpoint and some counts, at FakeClock::kStart.
[[nodiscard]] control::StatusView example_view();

// The part of the job store that people use; the rest answers with nothing.
class CannedJobStore final : public core::JobStore {
 public:
  std::vector<core::JobRecord> records;  // newest first
  std::vector<core::JobEvent> events;    // the history of every job
  std::vector<std::string> changes;      // "cancel job-1 by alice"
  core::JobFilter last_filter;
  std::optional<Timestamp> searched_to;  // set: what a page says
  std::optional<Error> refusal;

  Result<core::JobPage> page(const core::JobFilter& filter) override;
  Result<std::vector<core::JobRecord>> find(const std::string& id) override;
  Result<std::vector<std::string>> ids_with_beginning(const std::string& beginning,
                                                      std::size_t max) override;
  Result<std::optional<core::JobRecord>> find(const core::JobKey& key) override;
  Result<std::vector<core::JobEvent>> history(core::JobTicket) override { return events; }
  Status retry(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status cancel(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status approve(core::JobTicket ticket, Timestamp now, const std::string& who) override;
  Status deny(core::JobTicket ticket, Timestamp now, const std::string& who,
              const std::string& why) override;

  Result<std::vector<core::InsertResult>> insert(const std::vector<core::NewJob>&,
                                                 Timestamp) override {
    return std::vector<core::InsertResult>{};
  }
  Result<std::vector<core::ClaimedJob>> claim(const core::ClaimQuery&) override {
    return std::vector<core::ClaimedJob>{};
  }
  Result<std::optional<Timestamp>> next_due(const core::CaFingerprint&) override {
    return std::optional<Timestamp>{};
  }
  [[nodiscard]] std::size_t settle_at_once() override { return 1; }
  Result<std::vector<core::Settled>> settle(const std::vector<core::Settlement>& settlements,
                                            const core::ClaimOwner&, Timestamp) override {
    return std::vector<core::Settled>(settlements.size());
  }
  Result<std::uint64_t> recover(const core::ClaimOwner&, Timestamp) override { return 0; }
  Result<std::vector<core::LeaseHolding>> leases_ending(const core::CloudShare&, Timestamp,
                                                        const std::vector<core::CaFingerprint>&,
                                                        std::size_t) override {
    return std::vector<core::LeaseHolding>{};
  }
  Status renew_leases(const std::vector<core::LeaseHolding>&) override { return {}; }
  Status lose_leases(const std::vector<core::JobTicket>&, Timestamp) override { return {}; }
  Result<std::uint64_t> expire(Timestamp, std::size_t) override { return 0; }
  Result<std::vector<core::Report>> unreported(const core::CloudShare&, std::size_t) override {
    return std::vector<core::Report>{};
  }
  Status acknowledge(const std::vector<core::ReportAcknowledgement>&, Timestamp) override {
    return {};
  }
  Result<std::vector<core::JobCount>> counts() override { return std::vector<core::JobCount>{}; }
  Result<core::JobOutcomes> outcomes(Timestamp, Timestamp, std::size_t) override {
    return core::JobOutcomes{};
  }
  Result<std::uint64_t> purge(Timestamp, Timestamp, std::size_t) override { return 0; }
  Status probe() override { return {}; }
  Status check_in_place() override { return {}; }

 private:
  Status change(core::JobTicket ticket, core::JobState to, const std::string& what);
};

// Queued, of the example CA, received at FakeClock::kStart.
[[nodiscard]] core::JobRecord example_job(const std::string& id, std::int64_t ticket);
// Issued, reported: a self-signed certificate for `subject`, of the serial number that it has.
[[nodiscard]] core::JobRecord issued_job(const std::string& id, std::int64_t ticket,
                                         const std::string& subject);
// Failed with a code and a message.
[[nodiscard]] core::JobRecord failed_job(const std::string& id, std::int64_t ticket);

inline const std::string kExampleCa(64, 'a');  // the SHA-256 of the example CA

// Records the certificate of a job under the job's key, as its outcome does in the product.
void record_certificate(core::CertificateStore& certificates, const core::JobRecord& job,
                        core::CertificateHolder holder = {});

struct CannedStores {
  CannedJobStore& jobs;
  FakeEnrollmentLedger& enrollments;
  core::CertificateStore& certificates;
};
// A dispatcher with all of the agent's ports from `agent`. All outlive the dispatcher.
[[nodiscard]] control::DispatcherParts dispatcher_parts(FakeOperations& agent,
                                                        const CannedStores& stores,
                                                        FakeChallenges& challenges, FakeScep& scep,
                                                        const Clock& clock);

// Admits everybody as `name`, or nobody.
class FakePeerCheck final : public control::PeerCheck {
 public:
  std::string name = "alice";
  bool admits = true;
  Result<std::string> admit(const control::ConnectedPeer& peer) override;
};

}  // namespace certconnector::testing
