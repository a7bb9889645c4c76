#include "tests/agent/control/fakes.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "common/crypto/digest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace certconnector::testing {

using std::chrono::hours;

ErrorCode error_code(FakeErrc errc) {
  switch (errc) {
    case FakeErrc::refused:
      return {"fake", "refused"};
  }
  return {"fake", "unknown"};
}

control::StatusView FakeOperations::status() {
  if (on_status) on_status();
  return view;
}

Status FakeOperations::called(const std::string& what) {
  calls.push_back(what);
  return refusal ? Status(*refusal) : Status();
}

Status FakeOperations::change(const std::string& what, jobs::OperatingState state) {
  CC_TRY(called(what));
  view.state = state;
  return {};
}

Result<control::IdentityView> FakeOperations::enroll(const std::string& token_text) {
  CC_TRY(called("enroll"));
  token = token_text;
  view.identity = example_view().identity;
  return *view.identity;
}

Result<control::IdentityView> FakeOperations::renew_identity() {
  CC_TRY(called("renew_identity"));
  return *view.identity;
}

Result<control::CreatedCa> FakeOperations::create_ca(const control::CreateCa& request) {
  CC_TRY(called("create_ca " + request.name));
  created = request;
  if (request.kind == control::CaKind::subordinate_request) {
    return control::CreatedCa{"", "-----BEGIN CERTIFICATE REQUEST-----\n", ""};
  }
  return control::CreatedCa{"-----BEGIN CERTIFICATE-----\n", "", kExampleCa};
}

Result<core::EarlierTaken> FakeOperations::take_earlier(const control::EarlierRecords& records) {
  CC_TRY(called("take_earlier " + records.ca));
  earlier.push_back(records);
  return taken;
}

Result<control::CreatedCa> FakeOperations::import_ca(const control::ImportCa& request) {
  CC_TRY(called("import_ca " + request.name));
  imported = request;
  control::CreatedCa answer = import_answer;
  answer.certificate_pem = "-----BEGIN CERTIFICATE-----\n";
  answer.fingerprint = kExampleCa;
  return answer;
}

Result<std::vector<Bytes>> FakeOperations::ca_chain(const std::string& name) {
  CC_TRY(called("ca_chain " + name));
  return chain;
}

std::shared_ptr<core::CertificateLookup> FakeOperations::certificates_of(
    const core::CaFingerprint& ca) {
  const auto found = lookups.find(ca);
  return found == lookups.end() ? nullptr : found->second;
}

Result<core::JobRecord> FakeOperations::run_job(const core::NewJob& job, Duration /*patience*/) {
  CC_TRY(called("run_job"));
  run.push_back(job);
  core::JobRecord record;
  record.job = job.job;
  record.outcome = run_outcome;
  if (run_outcome) {
    const bool failed = std::holds_alternative<core::Failed>(*run_outcome);
    record.state = core::JobState::reported;
    record.ended_as = failed ? core::JobState::failed : core::JobState::succeeded;
  }
  return record;
}

Result<control::ScepTestView> FakeScep::enroll_for_test(const control::ScepTest& test) {
  if (refusal) return *refusal;
  tested = test;
  return outcome;
}

control::ScepServiceView example_service() {
  control::ScepServiceView service;
  service.name = "phones";
  service.paths = {"/certsrv/mscep/mscep.dll"};
  service.ca = "default";
  service.can_enroll = true;
  service.ra = control::ScepRaView{"CN=phones SCEP RA", "0a", FakeClock::kStart + hours(24 * 300),
                                   FakeClock::kStart + hours(24 * 200)};
  service.capabilities = "AES\nPOSTPKIOperation\nRenewal\n";
  service.switches = {{"allow_sha1", false, true, "Takes SHA-1."},
                      {"ndes_failures", false, false, "Fails as NDES does."}};
  return service;
}

Result<std::optional<core::CertificateRecord>> FakeRegister::find_certificate(
    const core::CertificateId& id) {
  for (const core::CertificateRecord& record : records) {
    const core::IssuedCertificate& certificate = record.entry.certificate;
    const bool named = !id.serial.empty() ? certificate.serial == id.serial
                                          : crypto::view(crypto::sha256(certificate.certificate)) ==
                                                ByteView(id.thumbprint);
    if (named) return std::make_optional(record);
  }
  return std::optional<core::CertificateRecord>();
}

Result<control::MadeChallenge> FakeChallenges::make_challenge(
    const control::NewChallenge& challenge, const std::string& who) {
  calls.push_back("make for " + challenge.service + " by " + who);
  wanted = challenge;
  if (refusal) return *refusal;
  return made;
}

Result<control::ChallengeList> FakeChallenges::challenges(
    const std::optional<std::string>& service) {
  calls.push_back("list " + service.value_or("all"));
  if (refusal) return *refusal;
  return list;
}

Result<std::optional<core::ChallengeState>> FakeChallenges::revoke_challenge(
    const std::string& id, const std::string& who) {
  calls.push_back("revoke " + id + " by " + who);
  if (refusal) return *refusal;
  return was;
}

FakeChallenges example_challenges() {
  const Timestamp end = FakeClock::kStart + hours(1);
  FakeChallenges challenges;
  challenges.made = {"otp-5b0c91d2aa", "Kf7wQz2mNp4tXe9v", end};
  core::PasswordRecord record;
  record.challenge = {"otp-5b0c91d2aa", "phones",          "4711", "vpn", "CN=Phone 7", {},
                      "alice",          FakeClock::kStart, end};
  challenges.list.passwords = {record};
  return challenges;
}

control::StatusView example_view() {
  const Timestamp now = FakeClock::kStart;
  control::StatusView view;
  view.build = {"0.1.0", "0a1b2c3d4e5f", "OpenSSL 3", "SQLite 3"};
  view.started = now - hours(3);
  view.identity = control::IdentityView{
      "agent-1",       "CN=agent-1",         "CN=Endpoint CA",     "0a1b",    std::string(64, 'f'),
      now - hours(24), now + hours(24 * 60), now + hours(24 * 36), "enrolled"};
  view.endpoint = {"https://endpoint.example:8443", true, now - std::chrono::seconds(4), ""};
  control::CaView ca;
  ca.description.name = "default";
  ca.description.backend = "local";
  ca.description.fingerprint = kExampleCa;
  ca.description.subject = "CN=Example CA";
  ca.description.not_after = now + hours(24 * 365 * 9);
  ca.description.templates = {{"device", false}, {"vpn", true}};
  ca.breaker = "closed";
  ca.certificates = 25;
  ca.crl = core::CrlRecord{4, now - hours(1), now + hours(24 * 6), 5};
  ca.crl_partitions = 16;
  view.cas = {ca};
  view.counts = {{kExampleCa, core::JobType::issue, core::JobState::queued, 12},
                 {kExampleCa, core::JobType::issue, core::JobState::reported, 25},
                 {kExampleCa, core::JobType::revoke, core::JobState::failed, 1}};
  view.outcomes.counts = {{kExampleCa, core::JobType::issue, core::JobState::succeeded, 24},
                          {kExampleCa, core::JobType::issue, core::JobState::dead, 1},
                          {kExampleCa, core::JobType::revoke, core::JobState::failed, 1}};
  view.outcomes_since = now - hours(24);
  view.queue_depth = 12;
  view.unreported = 1;
  view.issued_since_start = 25;
  view.failed_since_start = 1;
  return view;
}

Result<core::JobPage> CannedJobStore::page(const core::JobFilter& filter) {
  last_filter = filter;
  if (refusal) return Error(*refusal);
  core::JobPage page;
  for (const auto& record : records) {
    const bool older = !filter.after || record.ticket.value < filter.after->value;
    const bool wanted = (!filter.state || record.state == *filter.state) &&
                        (!filter.outcome || core::outcome_of(record) == filter.outcome);
    if (older && wanted && page.jobs.size() < filter.limit) page.jobs.push_back(record);
  }
  if (page.jobs.size() == filter.limit) page.next = page.jobs.back().ticket;
  if (searched_to) {
    page.next = core::JobTicket{1};
    page.searched_to = searched_to;
  }
  return page;
}

Result<std::vector<core::JobRecord>> CannedJobStore::find(const std::string& id) {
  if (refusal) return Error(*refusal);
  std::vector<core::JobRecord> found;
  for (const auto& record : records) {
    if (record.job.key.id == id) found.push_back(record);
  }
  return found;
}

Result<std::vector<std::string>> CannedJobStore::ids_with_beginning(const std::string& beginning,
                                                                    std::size_t max) {
  if (refusal) return Error(*refusal);
  std::set<std::string> ids;
  for (const auto& record : records) {
    const std::string& id = record.job.key.id;
    if (id.compare(0, beginning.size(), beginning) == 0) ids.insert(id);
  }
  std::vector<std::string> first(ids.begin(), ids.end());
  first.resize(std::min(first.size(), max));
  return first;
}

Result<std::optional<core::JobRecord>> CannedJobStore::find(const core::JobKey& key) {
  if (refusal) return Error(*refusal);
  for (const auto& record : records) {
    const core::JobKey& one = record.job.key;
    if (one.id == key.id && one.source == key.source && one.instance == key.instance) {
      return std::make_optional(record);
    }
  }
  return std::optional<core::JobRecord>();
}

Status CannedJobStore::change(core::JobTicket ticket, core::JobState to, const std::string& what) {
  for (auto& record : records) {
    if (record.ticket.value != ticket.value) continue;
    if (refusal) return Error(*refusal);
    changes.push_back(what.substr(0, what.find(' ')) + " " + record.job.key.id +
                      what.substr(what.find(' ')));
    record.state = to;
  }
  return {};
}

Status CannedJobStore::retry(core::JobTicket ticket, Timestamp /*now*/, const std::string& who) {
  return change(ticket, core::JobState::queued, "retry by " + who);
}

Status CannedJobStore::cancel(core::JobTicket ticket, Timestamp /*now*/, const std::string& who) {
  return change(ticket, core::JobState::canceled, "cancel by " + who);
}

Status CannedJobStore::approve(core::JobTicket ticket, Timestamp /*now*/, const std::string& who) {
  return change(ticket, core::JobState::queued, "approve by " + who);
}

Status CannedJobStore::deny(core::JobTicket ticket, Timestamp /*now*/, const std::string& who,
                            const std::string& why) {
  return change(ticket, core::JobState::failed, "deny by " + who + ": " + why);
}

core::JobRecord example_job(const std::string& id, std::int64_t ticket) {
  core::JobRecord record;
  record.ticket = core::JobTicket{ticket};
  record.job.key.instance = "default";
  record.job.key.id = id;
  record.job.ca = kExampleCa;
  core::IssueRequest request;
  request.template_name = "device";
  record.job.request = request;
  record.received = FakeClock::kStart - std::chrono::minutes(3);
  record.due = FakeClock::kStart;
  return record;
}

core::JobRecord issued_job(const std::string& id, std::int64_t ticket, const std::string& subject) {
  core::JobRecord record = example_job(id, ticket);
  CertificateSpec spec;
  spec.subject = subject;
  const crypto::Certificate made = make_self_signed(spec, {crypto::KeyKind::ec, 256}).certificate;
  record.state = core::JobState::reported;
  record.ended_as = core::JobState::succeeded;
  record.attempts = 1;
  record.finished = FakeClock::kStart;
  record.outcome = core::Issued{
      {made.der(), made.serial(), FakeClock::kStart, FakeClock::kStart + hours(24 * 365)}, ""};
  return record;
}

core::JobRecord failed_job(const std::string& id, std::int64_t ticket) {
  core::JobRecord record = example_job(id, ticket);
  record.state = core::JobState::failed;
  record.attempts = 1;
  record.finished = FakeClock::kStart;
  record.outcome = core::Failed{"weak_key", 0, "the key has 1024 bits"};
  return record;
}

Result<std::string> FakePeerCheck::admit(const control::ConnectedPeer& /*peer*/) {
  if (admits) return name;
  return Error(control::PeerErrc::not_admitted, ErrorKind::denied,
               "user " + name + " is neither root nor a member of group certconnector");
}

void record_certificate(core::CertificateStore& certificates, const core::JobRecord& job,
                        core::CertificateHolder holder) {
  core::CertificateEntry entry;
  const crypto::Sha256 digest = crypto::sha256(as_bytes(job.job.key.id));
  std::copy_n(digest.begin(), entry.key.size(), entry.key.begin());
  entry.template_name = "device";
  entry.certificate = std::get<core::Issued>(job.outcome.value()).certificate;
  holder.source = job.job.key.source;
  holder.instance = job.job.key.instance;
  holder.job = job.job.key.id;
  entry.holder = std::move(holder);
  if (!certificates.record(job.job.ca, {entry}, FakeClock::kStart).ok()) std::abort();
}

control::DispatcherParts dispatcher_parts(FakeOperations& agent, const CannedStores& stores,
                                          FakeChallenges& challenges, FakeScep& scep,
                                          const Clock& clock) {
  return {stores.jobs,
          stores.enrollments,
          stores.certificates,
          stores.enrollments,
          agent,
          agent,
          agent,
          agent,
          agent,
          agent,
          agent,
          agent,
          agent,
          challenges,
          scep,
          clock};
}

}  // namespace certconnector::testing
