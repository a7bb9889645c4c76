#include "agent/app/scep_module.h"

#include <algorithm>
#include <utility>

#include "agent/app/ca_sections.h"
#include "agent/app/named_files.h"
#include "agent/enrollment/endpoint_check.h"
#include "agent/enrollment/one_time_check.h"
#include "agent/enrollment/revocable_check.h"
#include "agent/enrollment/signed_challenge_check.h"
#include "agent/enrollment/static_challenge_check.h"
#include "agent/scep/legacy_switches.h"

namespace certconnector::app {
namespace {

// Opened requests that wait for a thread. The service answers further requests with "try later".
constexpr std::size_t kMaxWaiting = 2048;

scep::ServiceTemplates templates_of(const config::ScepSettings& section) {
  return {section.template_name, section.signature_template, section.encryption_template,
          section.general_template};
}

// Includes the RA templates, also this service's: no device renews an RA certificate.
std::vector<std::string> templates_of_others(const std::vector<config::ScepSettings>& sections,
                                             const config::ScepSettings& section) {
  const std::vector<std::string> own = templates_of(section).names();
  std::vector<std::string> others;
  for (const config::ScepSettings& other : sections) {
    const auto& previous = section.previous_ca;
    const bool former = std::find(previous.begin(), previous.end(), other.ca) != previous.end();
    if (other.ca != section.ca && !former) continue;
    std::vector<std::string> names = templates_of(other).names();
    names.push_back(ra_template_name(other));
    for (std::string& name : names) {
      if (std::find(own.begin(), own.end(), name) == own.end()) others.push_back(std::move(name));
    }
  }
  return others;
}

scep::ServiceSettings service_settings(const config::ScepSettings& section) {
  scep::ServiceSettings s;
  s.name = section.name;
  if (!section.path.empty()) s.paths.push_back(section.path);
  if (!section.short_path.empty()) s.paths.push_back(section.short_path);
  s.templates = templates_of(section);
  // A client that knows single DES alone knows no newer algorithm.
  s.legacy.single_des = section.allow_insecure_des;
  s.legacy.triple_des = section.allow_triple_des || section.allow_insecure_des;
  s.legacy.sha1 = section.allow_sha1 || section.allow_insecure_des;
  s.ndes_failures = section.ndes_failures;
  s.foreign_signer = section.foreign_signer;
  s.report = section.reports();
  s.terms = {section.deliver_after_report, section.answer_within};
  s.renewal = {section.renewal,
               section.renewal_window,
               {},
               {section.renewals_in_force, section.renewals_a_day}};
  return s;
}

scep::RaSettings ra_settings(const config::ScepSettings& section) {
  return {section.name, section.ra_subject, ra_template_name(section), section.ra_key,
          section.ra_separate};
}

Result<std::shared_ptr<const enrollment::ChallengeCheck>> make_check(
    const config::ScepSettings& section, core::ChallengeLedger& ledger,
    enrollment::ChallengeValidationPool& validation_pool) {
  using Made = std::shared_ptr<const enrollment::ChallengeCheck>;
  switch (section.challenge) {
    case config::ScepChallenge::fixed: {
      CC_TRY_ASSIGN(auto made, read_static_challenge(section.challenge_file));
      return Made(std::make_shared<enrollment::StaticChallengeCheck>(std::move(made)));
    }
    case config::ScepChallenge::signed_by_endpoint: {
      CC_TRY_ASSIGN(auto keys, read_challenge_keys(section.challenge_keys_file));
      const enrollment::SignedChallengeSettings settings{
          section.challenge_issuer,
          std::chrono::duration_cast<std::chrono::seconds>(section.challenge_clock_skew)};
      return Made(std::make_shared<enrollment::RevocableCheck>(
          std::make_shared<enrollment::SignedChallengeCheck>(settings, std::move(keys)), ledger));
    }
    case config::ScepChallenge::asked_of_endpoint:
      return Made(std::make_shared<enrollment::RevocableCheck>(
          std::make_shared<enrollment::EndpointCheck>(validation_pool), ledger));
    case config::ScepChallenge::one_time:
      break;
  }
  return Made(std::make_shared<enrollment::OneTimeCheck>(ledger));
}

// Warns of insecure switches each time that the service is set up.
void warn_of_risks(log::Logger& logger, const config::ScepSettings& section,
                   const scep::ServiceSettings& service) {
  if (section.challenge == config::ScepChallenge::fixed) {
    logger.warning("scep.static_challenge",
                   "This SCEP service has one challenge password for all devices: whoever "
                   "knows it gets any certificate of its template. For laboratories only.",
                   {{"service", section.name}});
  }
  for (const scep::LegacySwitch& one : scep::legacy_switches(service)) {
    if (!one.on || !one.insecure) continue;
    logger.warning("scep.insecure_switch",
                   std::string(one.name) + " is on. " + std::string(one.meaning),
                   {{"service", section.name}, {"switch", std::string(one.name)}});
  }
}

}  // namespace

ScepModule::ScepModule(const ScepParts& parts, std::size_t workers)
    : parts_(parts),
      tests_({parts.store, parts.intake, parts.ledger, parts.clock, parts.logger,
              [this](const core::CaFingerprint& ca, const Bytes& serial) {
                return is_revoked(ca, serial);
              }}),
      pool_(workers, kMaxWaiting, parts.logger),
      challenge_failures_({"scep.client_locked_out",
                           "A client has sent more wrong challenges than [http] "
                           "challenge_failures_per_hour; its PKIOperations are answered with 429 "
                           "for a while. If it is a proxy, name it in trusted_proxies."},
                          parts.clock, parts.logger),
      refusals_("scep.refusals_not_kept", parts.clock, parts.logger),
      lineages_({parts.lineages, parts.intake, parts.storage, parts.clock, parts.logger,
                 [this] { return supersede_terms(); }}),
      responder_(
          {parts.enrollment.service(),
           {pool_, refusals_.quota(), &challenge_failures_, nullptr},
           parts.clock,
           parts.crash_points,
           parts.logger,
           [this](const std::string& ca) { return parts_.artifacts.crl(ca); },
           [this](http::Reply reply, http::Response response, scep::SetTimeAnswers::Time arrived) {
             const auto due =
                 scep::SetTimeAnswers::due_at(arrived, std::chrono::steady_clock::now());
             unreadable_.add(std::move(reply), std::move(response), due);
           },
           [this](scep::SetTimeAnswers::Time begun) { unreadable_.finish_turn(begun); },
           [this](const core::CaFingerprint& ca, const Bytes& serial) {
             lineages_.used(ca, serial);
             lineages_loop_.wakeup().notify();
           }},
          parts.artifacts),
      ra_loop_("scep-ra",
               watched("scep-ra",
                       [this](const StopToken& stop) {
                         const Duration wait = keep_ra(stop);
                         return std::min(wait, tests_.step(stop));
                       }),
               parts.clock, parts.logger),
      lineages_loop_(
          "lineages",
          watched("lineages", [this](const StopToken& stop) { return lineages_.step(stop); }),
          parts.clock, parts.logger) {}

ScepModule::~ScepModule() { close(); }

void ScepModule::start() {
  running_ = true;
  // Where an RA exists, devices enroll from the first request on. The RA loop makes the others.
  for (const ServedRef& one : served()) take_issuer(*one);
  for (runtime::Signal* signal :
       {&parts_.settled, &parts_.cas_changed, &parts_.intake.to_report()}) {
    subscriptions_.push_back(std::make_unique<runtime::Subscription>(*signal, ra_loop_.wakeup()));
  }
  unreadable_.start();
  ra_loop_.start(stopping_.token());
  lineages_loop_.start(stopping_.token());
}

Status ScepModule::open_tests(const std::string& state_dir) {
  return tests_.open(TestEnrollments::file_of(state_dir));
}

Status ScepModule::configure(const config::Settings& settings) {
  const std::lock_guard keeping(keeping_);
  std::vector<ServedRef> next;
  scep::Responder::Services services;
  for (const config::ScepSettings& section : settings.scep) {
    auto made = make_service(section, settings);
    if (!made.ok()) return made.error().with_context("[scep." + section.name + "]");
    if ((*made)->keeper) services.push_back((*made)->service);
    next.push_back(std::move(*made));
  }
  // Warns for all services, or for none when one cannot be made: the old settings stay then.
  for (const ServedRef& one : next) {
    warn_of_risks(parts_.logger, one->section, one->service->settings());
  }
  {
    const std::lock_guard lock(mutex_);
    served_ = std::move(next);
  }
  challenge_failures_.set(settings.http.challenge_failures_per_hour, std::chrono::hours(1));
  parts_.enrollment.validation_pool().set_limit(settings.management.challenge_timeout);
  responder_.set_services(services);
  ra_loop_.wakeup().notify();
  return {};
}

Result<ScepModule::ServedRef> ScepModule::make_service(const config::ScepSettings& section,
                                                       const config::Settings& settings) {
  const auto made = std::make_shared<Served>();
  Served& served = *made;
  served.section = section;
  CC_TRY_ASSIGN(auto check,
                make_check(section, parts_.challenges, parts_.enrollment.validation_pool()));
  scep::ServiceSettings service = service_settings(section);
  service.renewal.templates_of_others = templates_of_others(settings.scep, section);
  CC_TRY_ASSIGN(service.next_ca, read_next_ca(section.next_ca_file));
  served.service = std::make_shared<scep::Service>(std::move(service), std::move(check));
  if (section.path.empty()) return made;
  served.keeper = std::make_unique<scep::RaKeeper>(
      ra_settings(section), scep::ra_folder(settings.agent.state_dir, section.name),
      scep::RaParts{parts_.keys, parts_.store, parts_.intake, parts_.clock, parts_.logger},
      [service = served.service](scep::RaSets sets) { service->set_ra(std::move(sets)); });
  served.keeper->load();
  // After a reload devices go on at once; the RA loop takes up the changes.
  if (running_) take_issuer(served);
  served.service->set_problem(served.keeper->problem());
  return made;
}

std::vector<core::SupersedeTerms> ScepModule::supersede_terms() {
  std::vector<core::SupersedeTerms> terms;
  for (const ServedRef& one : served()) {
    if (!one->section.revoke_superseded) continue;
    const jobs::CaRef handle = parts_.directory.find_ca(one->section.ca);
    if (!handle || handle->ports.certificates == nullptr) continue;
    std::vector<jobs::CaRef> cas = previous_cas(one->section);
    cas.push_back(handle);
    for (const jobs::CaRef& ca : cas) {
      if (ca->ports.certificates == nullptr) continue;
      terms.push_back(
          {one->section.name, ca->description.fingerprint, one->section.supersede_after});
    }
  }
  return terms;
}

std::vector<jobs::CaRef> ScepModule::previous_cas(const config::ScepSettings& section) {
  std::vector<jobs::CaRef> cas;
  for (const std::string& name : section.previous_ca) {
    if (jobs::CaRef handle = parts_.directory.find_ca(name)) cas.push_back(std::move(handle));
  }
  return cas;
}

// A former CA may be served only later, so the RA loop looks again.
void ScepModule::take_previous(const Served& served) {
  served.service->set_previous(previous_cas(served.section));
}

bool ScepModule::is_revoked(const core::CaFingerprint& ca, const Bytes& serial) {
  for (const ServedRef& one : served()) {
    const jobs::CaRef handle = parts_.directory.find_ca(one->section.ca);
    if (!handle || handle->description.fingerprint != ca) continue;
    core::CertificateLookup* known = handle->ports.certificates;
    if (known == nullptr) return false;
    const auto found = known->find_certificate({serial, {}});
    return found.ok() && *found && (*found)->revocation;
  }
  return false;
}

std::shared_ptr<const scep::Service> ScepModule::find_service(const std::string& name) {
  for (const ServedRef& served : served()) {
    if (served->service->settings().name == name) return served->service;
  }
  return nullptr;
}

std::vector<ScepModule::ServedRef> ScepModule::served() {
  const std::lock_guard lock(mutex_);
  return served_;
}

runtime::Step ScepModule::watched(const char* name, runtime::Step step) {
  return parts_.watch.watch(name, std::move(step));
}

Duration ScepModule::keep_ra(const StopToken& stop) {
  Duration wait = runtime::kIdle;
  const std::lock_guard keeping(keeping_);
  for (const ServedRef& served : served()) {
    if (stop.stop_requested()) return wait;
    if (!served->keeper) continue;
    wait = std::min(wait, keep(*served));
  }
  return wait;
}

void ScepModule::take_issuer(const Served& served) {
  take_previous(served);
  const jobs::CaRef issuer = parts_.directory.find_ca(served.section.ca);
  // That there was none is over, before the keys of its RA certificate are made.
  if (issuer) served.service->set_problem({});
  served.service->set_issuer(issuer);
  const std::string problem = served.keeper ? served.service->announcement_problem() : "";
  if (problem.empty()) return;
  parts_.logger.warning("scep.next_ca_not_announced",
                        "Devices cannot ask for the next CA: " + problem,
                        {{"service", served.section.name}, {"ca", served.section.ca}});
}

Duration ScepModule::keep(Served& served) {
  const jobs::CaRef handle = parts_.directory.find_ca(served.section.ca);
  take_previous(served);
  if (served.service->issuer() != handle) take_issuer(served);
  std::optional<scep::RaCa> ra_issuer;
  if (handle) {
    ra_issuer = {handle->description.fingerprint, handle->ports.ca->chain().front()};
  }
  const Duration wait = served.keeper->step(ra_issuer);
  served.service->set_problem(served.keeper->problem());
  return wait;
}

void ScepModule::close() {
  stopping_.request_stop();
  ra_loop_.join();
  lineages_loop_.join();
  subscriptions_.clear();
  pool_.close();
  unreadable_.close();
}

}  // namespace certconnector::app
