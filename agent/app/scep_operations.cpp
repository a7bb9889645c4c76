// Shows and tests the SCEP services for a person.
#include <utility>

#include "agent/app/errors.h"
#include "agent/app/scep_module.h"
#include "agent/platform/files.h"
#include "agent/scep/legacy_switches.h"
#include "common/http/service_url.h"
#include "common/text/hex.h"

namespace certconnector::app {
namespace {

control::ScepChallengeKind kind_of(config::ScepChallenge challenge) {
  switch (challenge) {
    case config::ScepChallenge::one_time:
      return control::ScepChallengeKind::one_time;
    case config::ScepChallenge::signed_by_endpoint:
      return control::ScepChallengeKind::signed_by_endpoint;
    case config::ScepChallenge::asked_of_endpoint:
      return control::ScepChallengeKind::asked_of_endpoint;
    case config::ScepChallenge::fixed:
      return control::ScepChallengeKind::fixed;
  }
  return control::ScepChallengeKind::one_time;
}

std::optional<control::ScepRaView> ra_view(const scep::RaSets& sets) {
  if (sets.empty()) return std::nullopt;
  const crypto::Certificate& certificate = sets.front().encryption->certificate();
  return control::ScepRaView{certificate.subject_text(), text::to_hex(certificate.serial()),
                             sets.front().not_after(), sets.front().renew_at()};
}

control::ScepServiceView service_view(const config::ScepSettings& section,
                                      const scep::Service& service, Timestamp wall) {
  control::ScepServiceView view;
  view.name = section.name;
  view.paths = service.settings().paths;
  view.ca = section.ca;
  view.challenge = kind_of(section.challenge);
  view.renewal = section.renewal;
  view.reports = section.reports();
  view.registration = section.path.empty();
  view.can_enroll = !view.registration && service.can_enroll(wall);
  const std::shared_ptr<const scep::RaSets> sets = service.ra();
  view.ra = ra_view(*sets);
  view.older_ras = sets->empty() ? 0 : sets->size() - 1;
  view.capabilities = std::string(as_text(*service.published().capabilities));
  for (const scep::LegacySwitch& one : scep::legacy_switches(service.settings())) {
    view.switches.push_back(
        {std::string(one.name), one.on, one.insecure, std::string(one.meaning)});
  }
  view.problem = service.problem();
  if (!view.registration) view.next_ca_problem = service.announcement_problem();
  return view;
}

// The fate of a test's request without a certificate, for a person.
std::string fate_of(TestEnrollments::Left left) {
  switch (left) {
    case TestEnrollments::Left::nothing:
    case TestEnrollments::Left::no_job:
      break;
    case TestEnrollments::Left::withdrawn:
      return "; the request is withdrawn";
    case TestEnrollments::Left::awaited:
      return "; the request is in work, and its certificate is revoked when it comes";
    case TestEnrollments::Left::held:
      return "; its job is held for a person, since the CA may have taken the request "
             "(`certconnector jobs list --state held`)";
    case TestEnrollments::Left::revoked:
      return "; its certificate is revoked";
  }
  return {};
}

Error no_challenge(std::string message) {
  return {AppErrc::no_challenge, ErrorKind::permanent, std::move(message)};
}

Result<std::string> test_challenge(const control::ScepTest& test,
                                   const config::ScepSettings& section) {
  if (!test.challenge.empty()) return test.challenge;
  switch (section.challenge) {
    case config::ScepChallenge::fixed:
      return platform::read_passphrase_file(section.challenge_file);
    case config::ScepChallenge::signed_by_endpoint:
    case config::ScepChallenge::asked_of_endpoint:
      return no_challenge(
          "the service " + section.name +
          " takes challenges of the management endpoint, and this agent cannot make one: "
          "have the endpoint mint one for the subject \"" +
          test.subject +
          "\" (at the reference endpoint: certconnector-endpoint challenge "
          "--service " +
          section.name + " --device scep-test --subject \"" + test.subject +
          "\"), and give it with --challenge-file FILE");
    case config::ScepChallenge::one_time:
      break;
  }
  return no_challenge("the service " + section.name +
                      " takes one-time passwords: make one, and give it with --challenge-file "
                      "FILE");
}

}  // namespace

void ScepModule::listening_at(http::Peer peer) {
  const std::lock_guard lock(mutex_);
  (peer.tls ? tls_peer_ : peer_) = std::move(peer);
}

std::vector<control::ScepServiceView> ScepModule::services() {
  std::vector<control::ScepServiceView> views;
  for (const ServedRef& served : served()) {
    control::ScepServiceView view =
        service_view(served->section, *served->service, parts_.clock.wall());
    if (served->section.challenge == config::ScepChallenge::asked_of_endpoint) {
      const std::string trouble = parts_.enrollment.validation_pool().trouble();
      if (!trouble.empty()) {
        view.challenge_problem =
            "the management endpoint does not say whether challenges are good: " + trouble;
      }
    }
    views.push_back(std::move(view));
  }
  return views;
}

std::string ScepModule::address() { return address_of(peer_); }

std::string ScepModule::tls_address() { return address_of(tls_peer_); }

std::string ScepModule::address_of(const std::optional<http::Peer>& peer) {
  const std::lock_guard lock(mutex_);
  if (!peer) return {};
  const bool v6 = peer->address.find(':') != std::string::npos;
  return (v6 ? "[" + peer->address + "]" : peer->address) + ":" + std::to_string(peer->port);
}

std::string ScepModule::fail_info(const core::Failed& reason) {
  return std::string(scep::to_string(scep::fail_info_of(reason)));
}

Result<config::ScepSettings> ScepModule::section_of(const std::string& name) {
  for (const ServedRef& served : served()) {
    if (served->section.name != name) continue;
    if (!served->section.path.empty()) return served->section;
    return Error(AppErrc::unknown_service, ErrorKind::permanent,
                 "[scep." + name + "] has no path: only the NDES service uses it");
  }
  return Error(AppErrc::unknown_service, ErrorKind::permanent,
               "the configuration has no [scep." + name + "]");
}

Result<http::Peer> ScepModule::own_peer() {
  const std::lock_guard lock(mutex_);
  if (peer_) return *peer_;
  if (tls_peer_) return *tls_peer_;
  return Error(AppErrc::no_listener, ErrorKind::permanent,
               "the agent does not listen, so that no device can reach its SCEP services: set "
               "[http] listen or tls_listen and restart it");
}

Result<scep::SelfTestPlan> ScepModule::plan_of(const control::ScepTest& test,
                                               const config::ScepSettings& section) {
  scep::SelfTestPlan plan;
  plan.service = section.name;
  plan.path = section.path;
  plan.subject = test.subject;
  plan.transaction = scep::new_test_transaction();
  CC_TRY_ASSIGN(plan.challenge, test_challenge(test, section));
  if (const auto service = find_service(section.name)) {
    for (const scep::RaSet& set : *service->ra()) {
      plan.ras.push_back(set.encryption->certificate().der());
    }
  }
  return plan;
}

Result<control::ScepTestView> ScepModule::enroll_for_test(const control::ScepTest& test) {
  CC_TRY_ASSIGN(const config::ScepSettings section, section_of(test.service));
  http::ServiceUrl at;
  if (test.url.empty()) {
    CC_TRY_ASSIGN(at.peer, own_peer());
  } else {
    CC_TRY_ASSIGN(at, http::parse_service_url(test.url));
    if (at.peer.tls) at.peer.tls->anchors = test.trusted;
  }
  CC_TRY_ASSIGN(scep::SelfTestPlan plan, plan_of(test, section));
  if (!at.path.empty()) plan.path = at.path;
  // A device would wait longer than the responder.
  constexpr std::chrono::seconds kMargin{15};
  const Duration limit = section.answer_within + kMargin;
  const auto exchange = [&](const http::Request& request) {
    return http::fetch(at.peer, request, limit);
  };
  CC_TRY(tests_.begin(section.name, plan.transaction));
  scep::SelfTestReport report = scep::run_self_test(plan, exchange, parts_.clock);
  const bool has_certificate = !report.serial.empty();
  const TestEnrollments::Left left = tests_.end(plan.transaction, has_certificate);
  if (!has_certificate) report.failure += fate_of(left);
  ra_loop_.wakeup().notify();
  control::ScepTestView view;
  view.transaction = std::move(report.transaction);
  for (auto& step : report.steps) view.steps.push_back({std::move(step.what), step.took});
  view.failure = std::move(report.failure);
  view.next = std::move(report.next);
  view.serial = std::move(report.serial);
  if (const jobs::CaRef handle = parts_.directory.find_ca(section.ca)) {
    view.ca = handle->description.fingerprint;
  }
  return view;
}

}  // namespace certconnector::app
