#include "agent/app/identity_service.h"

#include <utility>

#include "agent/app/errors.h"
#include "agent/core/errors.h"
#include "agent/platform/errors.h"
#include "agent/platform/words.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

// A certificate that has expired, or a clock that is wrong, stops the endpoint's side alone.
bool is_a_matter_of_time(const Error& error) {
  return error.code() == core::error_code(core::CoreErrc::identity_expired) ||
         error.code() == core::error_code(core::CoreErrc::identity_not_yet_valid);
}

}  // namespace

Status IdentityService::take_up() {
  Status taken = take_up(is_a_matter_of_time);
  // A configured certificate is the configuration's mistake, as --check-config says.
  if (taken.ok() || parts_.active.settings().management.own_certificate()) return taken;
  parts_.operating_mode.set_enrolled(false);
  parts_.logger.error("identity.unusable",
                      "The agent cannot use its identity; SCEP, CRLs and the "
                      "CAs go on without it: " +
                          taken.error().message());
  const std::lock_guard<std::mutex> lock(mutex_);
  broken_ = taken.error();
  return {};
}

Status IdentityService::take_up(const Pardon& pardon) {
  auto identity = parts_.identity.load();
  if (!identity.ok()) return identity.error().with_context("the agent's identity");
  if (!identity->has_value()) {
    parts_.operating_mode.set_enrolled(false);
    parts_.logger.info("agent.not_enrolled",
                       "The agent has no endpoint yet. Get a token from its administrator and run: "
                       "certconnector enroll");
    return {};
  }
  const core::Identity& held = **identity;
  Status usable = upstream::check_identity(held.chain.front(), held.key, parts_.clock.wall(),
                                           parts_.identity.how_to_replace());
  if (!usable.ok() && !pardon(usable.error())) {
    return usable.error().with_context("the agent's identity");
  }
  if (!usable.ok()) {
    parts_.logger.error(
        "identity.unusable",
        "The management endpoint will not take the agent's identity; SCEP, CRLs and "
        "the CAs go on without it: " +
            usable.error().message());
  }
  CC_TRY(parts_.identity.activate(held));
  const auto origin = parts_.identity.origin();
  parts_.keeper.adopt(held, origin && origin->enrolled);
  parts_.operating_mode.set_enrolled(true);
  return {};
}

Status IdentityService::reconnect(const config::ManagementSettings& settings) {
  CC_TRY(parts_.identity.reconfigure(settings));
  // With one that cannot be used the agent keeps the one before.
  return settings.own_certificate() ? take_up([](const Error&) { return false; }) : Status();
}

Result<control::IdentityView> IdentityService::enroll(const std::string& token) {
  const auto changing = parts_.active.lock_changes();
  if (parts_.active.settings().management.own_certificate()) {
    return Error(AppErrc::already_enrolled, ErrorKind::permanent,
                 "the configuration names a client certificate ([management] certificate_file or "
                 "pkcs12_file); remove it there to enroll instead");
  }
  CC_TRY_ASSIGN(const core::Identity identity, parts_.identity.enroll(token, parts_.stop));
  parts_.keeper.adopt(identity, true);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_.reset();
  }
  parts_.operating_mode.set_enrolled(true);
  parts_.logger.info("identity.enrolled", "The agent is enrolled.",
                     {{"agent", parts_.identity.origin()->agent_id},
                      {"not_after", to_rfc3339(identity.chain.front().not_after())}});
  parts_.operating_mode_service.announce_change();
  return *view();
}

Result<control::IdentityView> IdentityService::renew_identity() {
  const auto changing = parts_.active.lock_changes();
  const auto origin = parts_.identity.origin();
  if (!origin) {
    return Error(AppErrc::not_enrolled, ErrorKind::permanent,
                 "the agent has no identity to renew; run: certconnector enroll");
  }
  if (!origin->enrolled) {
    return Error(
        AppErrc::not_renewable, ErrorKind::permanent,
        "the client certificate comes from files of the configuration; replace those and reload");
  }
  CC_TRY(parts_.keeper.renew_now(parts_.stop));
  return *view();
}

std::optional<control::IdentityView> IdentityService::view() const {
  const auto identity = parts_.identity.active();
  const auto origin = parts_.identity.origin();
  if (!identity || !origin) return std::nullopt;
  const crypto::Certificate& certificate = identity->chain.front();
  control::IdentityView view;
  view.agent_id = origin->agent_id;
  view.subject = certificate.subject_text();
  view.issuer = certificate.issuer_text();
  view.serial = text::to_hex(certificate.serial());
  view.sha256 = text::to_hex(crypto::view(certificate.sha256()));
  view.not_before = certificate.not_before();
  view.not_after = certificate.not_after();
  view.renew_at = parts_.keeper.renewal_due().value_or(certificate.not_after());
  view.source = origin->enrolled ? "enrolled" : "configured";
  return view;
}

std::string IdentityService::endpoint_url() const {
  const auto origin = parts_.identity.origin();
  return origin ? origin->url : std::string();
}

std::optional<core::HealthFinding> IdentityService::finding() const {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (broken_ && platform::is_of_rights(*broken_)) {
      return core::found(
          core::finding::kIdentityUnusable, "identity",
          "The agent cannot use its identity: " + broken_->message(),
          "run the command that the message names, then: " + platform::service_commands().restart);
    }
    if (broken_) {
      return core::found(core::finding::kIdentityUnusable, "identity",
                         "The agent cannot use its identity: " + broken_->message(),
                         "put the files back, for example from a backup, and restart the agent; "
                         "or get a new token and run: certconnector enroll -");
    }
  }
  return parts_.keeper.finding();
}

}  // namespace certconnector::app
