#include "agent/control/scep_commands.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/control/certificate_lookup.h"
#include "agent/control/forgotten_enrollments.h"
#include "agent/control/local_revocation.h"
#include "agent/control/request_errors.h"
#include "agent/control/wire.h"
#include "agent/enrollment/enrollment_explanation.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

constexpr std::size_t kMaxExplained = 20;

// RFC 8894 section 3.5.2.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kCapabilities{{
    {"AES", "messages may be encrypted with AES"},
    {"DES3", "messages may be encrypted with triple DES"},
    {"SHA-1", "messages may be signed with SHA-1"},
    {"SHA-256", "messages may be signed with SHA-256"},
    {"SHA-384", "messages may be signed with SHA-384; some clients take AES only where it is said"},
    {"SHA-512", "messages may be signed with SHA-512"},
    {"POSTPKIOperation", "messages may come by POST"},
    {"SCEPStandard", "AES, SHA-256 and POST, as RFC 8894 asks for"},
    {"Renewal", "a certificate can be renewed with itself, without a challenge"},
    {"GetNextCACert", "the CA certificate that follows can be asked for"},
}};

std::string meaning_of(std::string_view capability) {
  const auto* found = std::find_if(kCapabilities.begin(), kCapabilities.end(),
                                   [&](const auto& row) { return row.first == capability; });
  return found == kCapabilities.end() ? std::string() : std::string(found->second);
}

std::string challenge_name(ScepChallengeKind kind) {
  switch (kind) {
    case ScepChallengeKind::one_time:
      return "one-time";
    case ScepChallengeKind::signed_by_endpoint:
      return "signed";
    case ScepChallengeKind::asked_of_endpoint:
      return "endpoint";
    case ScepChallengeKind::fixed:
      return "static";
  }
  return "unknown";
}

wire::ScepSwitch switch_to_wire(const ScepSwitchView& view) {
  return {view.name, view.on, view.insecure, view.meaning};
}

Result<ScepServiceView> find_service(ScepOperations& scep, const std::string& name) {
  auto services = scep.services();
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const ScepServiceView& s) { return s.name == name; });
  if (found != services.end()) return std::move(*found);
  std::string known;
  for (const auto& service : services) known += (known.empty() ? "" : ", ") + service.name;
  return Error(RequestErrc::no_such_service, ErrorKind::permanent,
               "the agent has no SCEP service named '" + name + "'; " +
                   (known.empty() ? "there is none" : "it has: " + known));
}

// A service that devices reach.
Result<ScepServiceView> find_responder(ScepOperations& scep, const std::string& name) {
  CC_TRY_ASSIGN(ScepServiceView service, find_service(scep, name));
  if (!service.registration) return service;
  return Error(RequestErrc::no_such_service, ErrorKind::permanent,
               "[scep." + name +
                   "] has no path: only the NDES service uses it, and devices ask their "
                   "NDES");
}

// The ports that know of an enrollment.
struct Sources {
  StatusOperations& agent;
  CertificateLookups& lookups;
  const IssueRecords& issues;
  ScepOperations& scep;
};

// The facts about an enrollment beside its record.
struct Gathered {
  std::optional<core::JobRecord> job;
  std::vector<core::JobEvent> history;
  bool shared_password = false;
  bool withheld = false;
  std::string fail_info;
  std::optional<core::RevocationRecord> revocation;
  std::string serial;  // hex
  bool ca_served = true;
  bool hresult_sent = false;
  std::optional<core::IssuedCertificate> certificate;  // that a removed job brought
};

enrollment::EnrollmentFacts facts_of(const core::EnrollmentRecord& record,
                                     const Gathered& gathered) {
  return {record,
          gathered.job ? &*gathered.job : nullptr,
          gathered.history,
          gathered.shared_password,
          gathered.withheld,
          gathered.fail_info,
          gathered.revocation,
          gathered.ca_served,
          gathered.hresult_sent,
          gathered.certificate ? &*gathered.certificate : nullptr};
}

Result<std::optional<core::JobRecord>> find_job_of(core::JobStore& store,
                                                   const core::EnrollmentRecord& record) {
  if (record.job.empty()) return std::optional<core::JobRecord>();
  CC_TRY_ASSIGN(auto found, store.find(record.job));
  for (auto& job : found) {
    if (job.ticket.value == record.ticket.value) return std::make_optional(std::move(job));
  }
  return std::optional<core::JobRecord>();
}

Status gather_outcome(const Sources& sources, const core::EnrollmentRecord& record,
                      Gathered& gathered) {
  const auto& outcome = gathered.job->outcome;
  if (!outcome) return {};
  if (const auto* reason = std::get_if<core::Failed>(&*outcome)) {
    gathered.fail_info = sources.scep.fail_info(*reason);
  }
  const auto* issued = std::get_if<core::Issued>(&*outcome);
  if (issued == nullptr) return {};
  gathered.serial = text::to_hex(issued->certificate.serial);
  gathered.ca_served = ca_names(sources.agent.cas()).count(gathered.job->job.ca) != 0;
  CC_TRY_ASSIGN(const auto answer, look_up(sources.lookups, gathered.job->job.ca,
                                           core::CertificateId{issued->certificate.serial, {}}));
  if (answer.record) gathered.revocation = answer.record->revocation;
  CC_TRY_ASSIGN(const auto standing, sources.issues.enrollments.find(record.key));
  gathered.withheld =
      standing && standing->ticket.value == record.ticket.value && standing->withheld;
  return {};
}

// Of an enrollment whose job was removed.
Status gather_certificate(const Sources& sources, const core::EnrollmentRecord& record,
                          Gathered& gathered) {
  CC_TRY_ASSIGN(const auto standing, sources.issues.enrollments.find(record.key));
  const bool its_own = standing && standing->ticket.value == record.ticket.value;
  const auto* issued =
      its_own && standing->outcome ? std::get_if<core::Issued>(&*standing->outcome) : nullptr;
  if (issued == nullptr) return {};
  gathered.certificate = issued->certificate;
  gathered.serial = text::to_hex(issued->certificate.serial);
  CC_TRY_ASSIGN(const auto all, sources.issues.certificates.find({issued->certificate.serial, {}}));
  for (const core::ListedCertificate& one : all) {
    if (one.record.entry.certificate.certificate != issued->certificate.certificate) continue;
    gathered.revocation = one.record.revocation;
    gathered.ca_served = ca_names(sources.agent.cas()).count(one.ca) != 0;
  }
  return {};
}

bool is_on(const ScepServiceView& service, std::string_view name) {
  return std::any_of(service.switches.begin(), service.switches.end(),
                     [&](const ScepSwitchView& one) { return one.on && one.name == name; });
}

Result<Gathered> gather(const Sources& sources, const core::EnrollmentRecord& record,
                        const std::vector<ScepServiceView>& services) {
  Gathered gathered;
  CC_TRY_ASSIGN(gathered.job, find_job_of(sources.issues.jobs, record));
  bool told_here = true;
  for (const ScepServiceView& service : services) {
    if (service.name != record.key.service) continue;
    gathered.shared_password = service.challenge == ScepChallengeKind::fixed;
    gathered.hresult_sent = is_on(service, "ndes_failures");
    told_here = !service.registration;
  }
  if (!gathered.job) {
    CC_TRY(gather_certificate(sources, record, gathered));
    return gathered;
  }
  CC_TRY_ASSIGN(gathered.history, sources.issues.jobs.history(record.ticket));
  CC_TRY(gather_outcome(sources, record, gathered));
  if (!told_here || gathered.job->external)
    gathered.fail_info.clear();  // its NDES tells the device
  return gathered;
}

// Searches by transaction, device, challenge and subject; the first that finds something counts.
// An enrollment that is forgotten is known by its certificate.
Result<std::vector<core::EnrollmentRecord>> find_enrollments(
    const IssueRecords& issues, const wire::ScepExplainArguments& wanted) {
  core::EnrollmentFilter any;
  any.service = wanted.service;
  any.limit = kMaxExplained + 1;
  if (wanted.number) any.ticket = core::JobTicket{static_cast<std::int64_t>(*wanted.number)};
  std::vector<core::EnrollmentRecord> found;
  for (auto field : {&core::EnrollmentFilter::transaction_id, &core::EnrollmentFilter::device,
                     &core::EnrollmentFilter::challenge, &core::EnrollmentFilter::subject}) {
    core::EnrollmentFilter filter = any;
    filter.*field = wanted.what;
    CC_TRY_ASSIGN(found, issues.enrollments.list(filter));
    if (!found.empty()) return found;
  }
  CC_TRY_ASSIGN(found, enrollments_by_certificate(issues, wanted, kMaxExplained + 1));
  if (!found.empty()) return found;
  return Error(RequestErrc::no_such_enrollment, ErrorKind::permanent,
               "no enrollment with '" + wanted.what +
                   "' as its transaction, device or challenge, or in its subject");
}

wire::ScepEnrollment enrollment_to_wire(const core::EnrollmentRecord& record,
                                        const Gathered& gathered) {
  wire::ScepEnrollment out;
  out.number = static_cast<std::uint64_t>(record.ticket.value);
  out.service = record.key.service;
  out.transaction = record.key.transaction_id;
  out.device = record.device;
  out.challenge = record.challenge;
  out.subject = record.subject;
  out.at = record.at;
  out.attempts = static_cast<std::uint64_t>(record.attempts);
  out.job = record.job;
  out.standing = enrollment::standing_of(facts_of(record, gathered));
  out.serial = gathered.serial;
  return out;
}

// Makes a password for this test alone, where the service takes one-time passwords.
Result<std::optional<MadeChallenge>> make_test_challenge(ChallengeOperations& challenges,
                                                         const Caller& caller,
                                                         const ScepServiceView& service,
                                                         const ScepTest& test) {
  if (service.challenge != ScepChallengeKind::one_time || !test.challenge.empty()) {
    return std::optional<MadeChallenge>();
  }
  NewChallenge wanted;
  wanted.service = test.service;
  wanted.device = "scep-test";
  wanted.subject = test.subject;
  CC_TRY_ASSIGN(auto made, challenges.make_challenge(wanted, caller.name));
  return std::make_optional(std::move(made));
}

Result<ScepTestView> enroll_for_test(ScepOperations& scep, ChallengeOperations& challenges,
                                     const Caller& caller, const ScepServiceView& service,
                                     ScepTest test) {
  CC_TRY_ASSIGN(const auto made, make_test_challenge(challenges, caller, service, test));
  if (made) test.challenge = made->password;
  auto view = scep.enroll_for_test(test);
  // A test without a certificate leaves its password unused: withdraw it.
  if (made && (!view.ok() || view->serial.empty())) {
    CC_TRY(challenges.revoke_challenge(made->id, caller.name));
  }
  return view;
}

// Revokes the test's certificate, which nobody needs.
void take_back(JobOperations& jobs, const Clock& clock, const Caller& caller,
               const ScepTestView& test, wire::ScepTestResult& result) {
  const Timestamp from = clock.now();
  const std::string serial = text::to_hex(test.serial);
  const auto revoked = revoke_now(
      jobs, {test.ca, test.serial, core::RevocationReason::cessation_of_operation}, caller);
  const bool done =
      revoked.ok() && revoked->outcome && std::holds_alternative<core::Revoked>(*revoked->outcome);
  if (done) {
    result.steps.push_back(
        {"revoked the test certificate, job " + revoked->job.key.id, (clock.now() - from).count()});
    return;
  }
  result.passed = false;
  if (result.failure.empty()) {
    result.failure = "the test certificate " + serial + " is not revoked" +
                     (revoked.ok() ? " yet" : ": " + revoked.error().message());
    result.next = revoked.ok() ? "See: certconnector jobs explain " + revoked->job.key.id
                               : "Try again: certconnector certs revoke " + serial;
  }
}

}  // namespace

wire::ScepService to_wire(const ScepServiceView& service) {
  wire::ScepService out;
  out.name = service.name;
  out.paths = service.paths;
  out.ca = service.ca;
  out.challenge = challenge_name(service.challenge);
  out.renewal = service.renewal;
  out.reports = service.reports;
  out.registration = service.registration;
  out.can_enroll = service.can_enroll;
  if (service.ra) {
    out.ra = wire::ScepRa{service.ra->subject, service.ra->serial, service.ra->not_after,
                          service.ra->renew_at};
  }
  out.older_ras = service.older_ras;
  std::transform(service.switches.begin(), service.switches.end(), std::back_inserter(out.switches),
                 switch_to_wire);
  for (const std::string* problem :
       {&service.problem, &service.challenge_problem, &service.next_ca_problem}) {
    if (out.problem.empty()) out.problem = *problem;
  }
  return out;
}

Result<wire::ScepListResult> list_scep(const wire::NoArguments&, ScepOperations& scep,
                                       StatusOperations& agent) {
  wire::ScepListResult result;
  result.address = scep.address();
  result.tls_address = scep.tls_address();
  for (const auto& service : scep.services()) result.services.push_back(to_wire(service));
  result.at_rest = jobs::why_at_rest(agent.state());
  return result;
}

Result<wire::ScepCapsResult> scep_caps(const wire::ScepArguments& arguments, ScepOperations& scep) {
  CC_TRY_ASSIGN(const ScepServiceView service, find_responder(scep, arguments.service));
  wire::ScepCapsResult result;
  result.service = service.name;
  std::string_view rest = service.capabilities;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view name = rest.substr(0, end);
    result.capabilities.push_back({std::string(name), meaning_of(name)});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  result.switches = to_wire(service).switches;
  return result;
}

Result<wire::ScepExplainResult> explain_enrollment(const wire::ScepExplainArguments& arguments,
                                                   StatusOperations& agent,
                                                   CertificateLookups& lookups,
                                                   const IssueRecords& issues, ScepOperations& scep,
                                                   const Clock& clock) {
  if (arguments.what.empty()) return bad_value("say which enrollment: a transaction, for example");
  CC_TRY_ASSIGN(auto found, find_enrollments(issues, arguments));
  wire::ScepExplainResult result;
  result.more = found.size() > kMaxExplained;
  if (result.more) found.resize(kMaxExplained);
  const auto services = scep.services();
  const Sources sources{agent, lookups, issues, scep};
  for (const auto& record : found) {
    CC_TRY_ASSIGN(const Gathered gathered, gather(sources, record, services));
    result.enrollments.push_back(enrollment_to_wire(record, gathered));
    if (found.size() > 1) continue;
    enrollment::EnrollmentFacts facts = facts_of(record, gathered);
    facts.state = agent.state();
    auto story = enrollment::explain(facts, clock.now());
    result.story = wire::ScepExplanation{std::move(story.happened), std::move(story.why),
                                         std::move(story.next)};
  }
  return result;
}

Result<wire::ScepTestResult> test_scep(const wire::ScepTestArguments& arguments,
                                       ScepOperations& scep, ChallengeOperations& challenges,
                                       JobOperations& jobs, const Clock& clock,
                                       const Caller& caller) {
  CC_TRY_ASSIGN(const ScepServiceView service, find_responder(scep, arguments.service));
  const std::string subject = arguments.subject.value_or("CN=SCEP test of " + arguments.service);
  CC_TRY_ASSIGN(const ScepTestView test,
                enroll_for_test(scep, challenges, caller, service,
                                {arguments.service, arguments.challenge, subject,
                                 arguments.url.value_or(""), arguments.trusted.value_or("")}));
  wire::ScepTestResult result;
  result.service = arguments.service;
  result.transaction = test.transaction;
  for (const auto& step : test.steps) result.steps.push_back({step.what, step.took.count()});
  result.passed = test.failure.empty();
  result.failure = test.failure;
  result.next = test.next;
  if (!test.serial.empty()) take_back(jobs, clock, caller, test, result);
  return result;
}

}  // namespace certconnector::control
