#include "agent/app/ndes_module.h"

#include <algorithm>
#include <utility>

#include "agent/app/ca_sections.h"
#include "agent/app/crl_download.h"
#include "agent/app/errors.h"
#include "agent/app/http_module.h"
#include "agent/app/listen_error.h"
#include "agent/app/named_files.h"
#include "agent/config/registration_check.h"
#include "agent/config/scep_check.h"
#include "agent/ndes/crl_check.h"
#include "agent/platform/process_limits.h"
#include "common/net/address/host_port.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"
#include "proto/registration/messages.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxWaitingQuestions = 512;  // beyond it the answer is "come again"
constexpr std::size_t kCrlFetches = 2;             // at a time
constexpr std::size_t kMaxWaitingForCrls = 128;
constexpr Duration kAskLimit = std::chrono::seconds(10);  // of a question to the CA
constexpr std::size_t kMaxConnections = 256;              // the callers are servers, and few

const config::ScepSettings* find_section(const config::Settings& settings,
                                         const std::string& name) {
  for (const config::ScepSettings& one : settings.scep) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// The section of the issuing CA; empty: the agent does not serve that CA.
std::string own_ca_of(const config::Settings& settings) {
  if (!settings.registration.issuing_ca_file.empty()) return {};
  const auto* section = find_section(settings, settings.registration.service);
  return section == nullptr ? std::string() : section->ca;
}

// Hosts without a port are those of http's own.
std::vector<std::pair<std::string, std::uint16_t>> hosts_of(
    const std::vector<std::string>& entries) {
  constexpr std::uint16_t kHttpPort = 80;
  std::vector<std::pair<std::string, std::uint16_t>> hosts;
  for (const std::string& entry : entries) {
    const auto host = net::parse_host_port(entry);
    if (host.ok()) hosts.emplace_back(text::to_lower(host->host), host->port.value_or(kHttpPort));
  }
  return hosts;
}

// Of the CAs of this file the template's section says it.
std::optional<Duration> longest_validity(const config::Settings& settings,
                                         const std::string& template_name) {
  const config::RegistrationSettings& r = settings.registration;
  if (r.longest_validity > Duration(0)) return r.longest_validity;
  if (!r.issuing_ca_file.empty()) return std::nullopt;
  for (const config::TemplateSettings& one : settings.templates) {
    if (text::equal_ignoring_case(one.name, template_name)) return one.validity;
  }
  return std::nullopt;
}

ndes::RequestRules request_rules(const config::Settings& settings) {
  const config::RegistrationSettings& r = settings.registration;
  const auto kept = std::make_shared<const config::Settings>(settings);
  return {r.allowed_extensions, r.allowed_attributes, [kept](const std::string& template_name) {
            return longest_validity(*kept, template_name);
          }};
}

enrollment::KnownCa issuing_ca(crypto::Certificate certificate, jobs::CaRef handle) {
  core::CaFingerprint fingerprint = text::to_hex(crypto::view(certificate.sha256()));
  return {std::move(certificate), std::move(fingerprint), std::move(handle)};
}

}  // namespace

NdesModule::NdesModule(const NdesParts& parts, std::size_t workers)
    : parts_(parts),
      pool_(workers, kMaxWaitingQuestions, parts.logger),
      crl_pool_(kCrlFetches, kMaxWaitingForCrls, parts.logger),
      refusals_("registration.refusals_not_kept", parts.clock, parts.logger),
      point_(point_parts()),
      loop_("registration",
            parts.watch.watch("registration",
                              [this](const StopToken& stop) { return point_.step(stop); }),
            parts.clock, parts.logger),
      certificate_({"registration", parts.store, parts.clock, parts.logger,
                    [this](const http::TlsSettings& tls) { return use_tls(tls); }}) {}

NdesModule::~NdesModule() { close(); }

ndes::NdesParts NdesModule::point_parts() {
  return {parts_.enrollment.service(),
          parts_.enrollments,
          parts_.storage,
          {pool_, refusals_.quota(), nullptr, &renewals_},
          parts_.clock,
          parts_.logger,
          [this] { return parts_.enrollment.fresh_job_id(); },
          [this](const core::CaFingerprint&) { parts_.intake.results_arrived(); },
          [this](const core::ExternalEnrollment& enrollment) { return ask(enrollment); }};
}

Status NdesModule::configure(const config::Settings& settings) {
  const config::RegistrationSettings& r = settings.registration;
  if (r.listen.empty()) {
    point_.set_service(nullptr);
    return {};
  }
  auto service = make_service(settings);
  if (!service.ok()) return service.error().with_context("[registration]");
  const Status taken = certificate_.configure(
      {r.certificate_file, r.key_file, r.certificate_store, r.client_ca_file});
  if (!taken.ok()) return taken.error().with_context("[registration]");
  {
    const std::lock_guard lock(mutex_);
    listen_ = r.listen;
    memory_ = share_memory(settings).registration;
    issuing_ca_ = own_ca_of(settings);
  }
  point_.set_service(std::move(*service));
  for (const std::string& note : config::notes_on_registration(settings)) {
    parts_.logger.warning("registration.note", note);
  }
  return {};
}

Result<std::shared_ptr<ndes::ServedNdes>> NdesModule::make_service(
    const config::Settings& settings) {
  const config::RegistrationSettings& r = settings.registration;
  const auto scep = parts_.find_service(r.service);
  if (!scep) {
    return Error(AppErrc::unusable_ca, ErrorKind::permanent,
                 "the SCEP service " + r.service + " is not there");
  }
  auto service = std::make_shared<ndes::ServedNdes>();
  service->name = r.service;
  CC_TRY_ASSIGN(service->callers, ndes::CallerList::make(r.allow));
  service->templates = scep->settings().templates.names();
  service->rules = request_rules(settings);
  service->policy = *scep->policy();
  service->policy.notify_within = r.notify_within;
  service->policy.ra_names = ra_names(settings);
  service->proof = scep->settings().proof();
  if (r.issuing_ca_file.empty()) {
    service->issuing_ca = [this, own = own_ca_of(settings)] { return own_ca(own); };
    const std::lock_guard lock(mutex_);
    crl_check_.reset();
  } else {
    CC_TRY_ASSIGN(crypto::Certificate certificate, read_issuing_ca(r.issuing_ca_file));
    service->policy.renewal.foreign = foreign_rules(settings, certificate);
    service->issuing_ca = [ca = issuing_ca(std::move(certificate), nullptr)] {
      return std::make_optional(ca);
    };
  }
  const auto* section = find_section(settings, r.service);
  if (section != nullptr && section->challenge == config::ScepChallenge::one_time) {
    service->make_challenge = [this, name = r.service, permitted = service->templates](
                                  const std::string& template_name, const std::string&) {
      return make_password(name, permitted, template_name);
    };
  }
  return service;
}

std::shared_ptr<const enrollment::ForeignRules> NdesModule::foreign_rules(
    const config::Settings& settings, const crypto::Certificate& ca) {
  const config::RegistrationSettings& r = settings.registration;
  const auto rules = std::make_shared<enrollment::ForeignRules>();
  rules->service = r.service;
  if (const auto* section = find_section(settings, r.service)) {
    for (config::ServiceTemplate& one : config::templates_named(*section)) {
      rules->templates.push_back({std::move(one.name), std::move(one.oid), std::move(one.oid_key)});
    }
  }
  rules->purposes = r.renewal_extended_key_usage;
  rules->allow_unknown_revocation = r.allow_unknown_revocation;
  auto check = std::make_shared<ndes::CrlCheck>(
      ndes::CrlSources{hosts_of(r.crl_hosts), r.crl_url, r.crl_file, r.delta_crls}, shelf_of(ca),
      ndes::CrlCheckParts{crl_pool_, parts_.clock, parts_.logger});
  rules->revocation = check;
  const std::lock_guard lock(mutex_);
  crl_check_ = std::move(check);
  return rules;
}

// The CRLs that the agent has are good after a reload as before it.
std::shared_ptr<ndes::CrlShelf> NdesModule::shelf_of(const crypto::Certificate& ca) {
  if (!crl_shelf_ || crl_shelf_ca_ != ca.sha256()) {
    crl_shelf_ = std::make_shared<ndes::CrlShelf>(crl_access(stopping_.token()), ca, parts_.clock,
                                                  parts_.logger);
    crl_shelf_ca_ = ca.sha256();
  }
  return crl_shelf_;
}

std::vector<core::HealthFinding> NdesModule::findings(Timestamp wall) {
  auto certificate = certificate_.finding(wall);
  const std::lock_guard lock(mutex_);
  std::vector<core::HealthFinding> findings;
  if (certificate) findings.push_back(std::move(*certificate));
  const auto trouble = crl_check_ ? crl_check_->trouble() : std::nullopt;
  if (trouble) {
    findings.push_back(core::found(
        core::finding::kRevocationUnknown, "registration",
        "nothing shows whether certificates that ask for their renewal are revoked: " + *trouble,
        "certificates that are refused for it renew when the device asks again"));
  }
  return findings;
}

void NdesModule::look() {
  std::shared_ptr<ndes::CrlCheck> check;
  {
    const std::lock_guard lock(mutex_);
    check = crl_check_;
  }
  if (check) check->look(parts_.clock.wall());
}

// The password is good for that template alone, spelled as in the service's section. A person may
// make one for another template of the CA; an NDES may not.
Result<std::string> NdesModule::make_password(const std::string& service,
                                              const std::vector<std::string>& permitted,
                                              const std::string& template_name) {
  const auto found = std::find_if(permitted.begin(), permitted.end(), [&](const std::string& one) {
    return text::equal_ignoring_case(one, template_name);
  });
  if (found == permitted.end()) {
    return Error(AppErrc::unknown_template, ErrorKind::permanent,
                 "the template \"" + template_name + "\" is not one of the service " + service +
                     "; name it in its section [scep." + service + "] to allow it");
  }
  control::NewChallenge wanted;
  wanted.service = service;
  wanted.template_name = *found;
  CC_TRY_ASSIGN(auto made,
                parts_.challenges.make_challenge(wanted, "the policy module of the NDES"));
  return std::move(made.password);
}

std::optional<enrollment::KnownCa> NdesModule::own_ca(const std::string& name) {
  jobs::CaRef handle = parts_.directory.find_ca(name);
  if (!handle) return std::nullopt;
  auto certificate = crypto::Certificate::from_der(handle->ports.ca->chain().front());
  if (!certificate.ok()) return std::nullopt;
  return issuing_ca(std::move(*certificate), std::move(handle));
}

// Nothing when the CA does not have it: other front ends may still submit the request to the CA.
std::optional<core::Issued> NdesModule::ask(const core::ExternalEnrollment& enrollment) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    name = issuing_ca_;
  }
  const jobs::CaRef handle = name.empty() ? nullptr : parts_.directory.find_ca(name);
  const auto* wanted = std::get_if<core::IssueRequest>(&enrollment.job.request);
  if (!handle || handle->ports.finder == nullptr || wanted == nullptr) return std::nullopt;
  const auto request = crypto::Pkcs10::parse(wanted->pkcs10, crypto::ProofOfPossession::known);
  if (!request.ok()) return std::nullopt;
  auto found = handle->ports.finder->find(core::idempotency_key(enrollment.job.key),
                                          request->public_key_info(), enrollment.begun,
                                          {parts_.clock.now() + kAskLimit, stopping_.token()});
  return found.ok() ? *found : std::nullopt;
}

Status NdesModule::start() {
  started_ = true;
  if (tls_) CC_TRY(listen(*std::exchange(tls_, std::nullopt)));
  loop_.start(stopping_.token());
  return {};
}

Status NdesModule::use_tls(const http::TlsSettings& tls) {
  if (server_) return server_->replace_tls(tls);
  CC_TRY(http::check_tls(tls));
  if (started_) return listen(tls);
  tls_ = tls;
  return {};
}

Status NdesModule::listen(const http::TlsSettings& tls) {
  http::ServerSettings settings;
  {
    const std::lock_guard lock(mutex_);
    settings.listen = listen_;
    settings.memory = memory_;
  }
  settings.tls = tls;
  settings.max_body = registration_wire::kMaxBody;
  settings.max_connections = kMaxConnections;
  settings.memory_freed = platform::give_back_memory;
  auto server = http::Server::start(settings, point_, parts_.logger);
  if (!server.ok()) return listen_error(server.error()).with_context("[registration] listen");
  parts_.logger.info(
      "registration.started", "The NDES service answers.",
      {{"address", settings.listen},
       {"port", (*server)->port()},
       {"connections", std::min(kMaxConnections, http::connections_in(settings.memory, true))}});
  const std::lock_guard lock(mutex_);
  server_ = std::move(*server);
  return {};
}

std::uint16_t NdesModule::port() const {
  const std::lock_guard lock(mutex_);
  return server_ ? server_->port() : 0;
}

void NdesModule::close() {
  stopping_.request_stop();
  loop_.join();
  server_.reset();
  crl_pool_.close();
  pool_.close();
}

}  // namespace certconnector::app
