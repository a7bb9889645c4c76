#include "agent/app/identity_service.h"

#include <utility>

#include "agent/app/errors.h"
#include "agent/app/store_certificate.h"
#include "agent/core/errors.h"
#include "agent/platform/errors.h"
#include "agent/platform/words.h"
#include "common/crypto/remote_key.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {
namespace {

// A certificate that has expired, or a clock that is wrong, stops the endpoint's side alone.
bool is_a_matter_of_time(const Error& error) {
  return error.code() == core::error_code(core::CoreErrc::identity_expired) ||
         error.code() == core::error_code(core::CoreErrc::identity_not_yet_valid);
}

// upstream::check_identity() does not take it.
bool is_unfit(const Error& error) {
  return error.code() == core::error_code(core::CoreErrc::identity_wrong_usage) ||
         is_a_matter_of_time(error);
}

upstream::RenewedBy renewed_by(const std::optional<IdentityOrigin>& origin) {
  if (origin && origin->enrolled) return upstream::RenewedBy::agent;
  return origin && origin->in_store ? upstream::RenewedBy::store : upstream::RenewedBy::person;
}

constexpr const char* kLookAtTheStore =
    "do what the message says; the agent looks into the store again by itself, within a minute";

// Of the two the first may be null.
bool same_message(const std::optional<Error>& known, const Error& error) {
  return known && known->message() == error.message();
}

}  // namespace

Status IdentityService::take_up() {
  Status taken = take_up(is_a_matter_of_time);
  // A configured certificate is the configuration's mistake, as --check-config says; one that the
  // machine's store shall have may come later.
  const config::ManagementSettings& management = parts_.active.settings().management;
  const bool waits = !management.certificate_store.empty() && !taken.ok() &&
                     (may_come_to_the_store(taken.error()) || is_unfit(taken.error()));
  if (taken.ok() || (management.own_certificate() && !waits)) return taken;
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
  adopt(held);
  return {};
}

void IdentityService::adopt(const core::Identity& identity) {
  parts_.keeper.adopt(identity, renewed_by(parts_.identity.origin()));
  parts_.operating_mode.set_enrolled(true);
  const std::lock_guard<std::mutex> lock(mutex_);
  broken_.reset();
  gone_.reset();
}

void IdentityService::look_into_store() {
  const auto changing = parts_.active.lock_changes();
  if (parts_.active.settings().management.certificate_store.empty()) return;
  const auto successor = parts_.identity.has_successor();
  if (!successor.ok()) return miss_in_store(successor.error());
  if (*successor) return take_successor();
  const std::lock_guard<std::mutex> lock(mutex_);
  gone_.reset();
}

void IdentityService::take_successor() {
  const Status taken = take_up([](const Error&) { return false; });
  if (!taken.ok()) return miss_in_store(taken.error());
  const auto active = parts_.identity.active();
  if (!active) return;
  const crypto::Certificate& certificate = active->chain.front();
  parts_.logger.info("identity.from_store",
                     "The agent uses another client certificate of the machine's store.",
                     {{"subject", certificate.subject_text()},
                      {"sha1", text::to_hex(crypto::view(certificate.sha1()))},
                      {"not_after", to_rfc3339(certificate.not_after())},
                      {"pss", crypto::knows_pss(active->key) ? "yes" : "no"}});
  parts_.operating_mode_service.announce_change();
}

void IdentityService::miss_in_store(const Error& error) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::optional<Error>& missed = parts_.identity.active() ? gone_ : broken_;
    if (same_message(missed, error)) return;
    missed = error;
  }
  parts_.logger.warning("identity.not_in_store",
                        "The agent cannot take its client certificate from the machine's store; it "
                        "looks again by itself: " +
                            error.message(),
                        {{"code", error.code().name}});
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
                 "the configuration names a client certificate ([management] certificate_file, "
                 "pkcs12_file or certificate_store); remove it there to enroll instead");
  }
  CC_TRY_ASSIGN(const core::Identity identity, parts_.identity.enroll(token, parts_.stop));
  adopt(identity);
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
  if (!origin->enrolled) return not_renewable(origin->in_store);
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
  view.source = origin->enrolled ? "enrolled" : origin->in_store ? "store" : "configured";
  return view;
}

std::string IdentityService::endpoint_url() const {
  const auto origin = parts_.identity.origin();
  return origin ? origin->url : std::string();
}

std::optional<core::HealthFinding> IdentityService::finding() const {
  const bool in_store = !parts_.active.settings().management.certificate_store.empty();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (broken_ && platform::is_of_rights(*broken_)) {
      return core::found(
          core::finding::kIdentityUnusable, "identity",
          "The agent cannot use its identity: " + broken_->message(),
          "run the command that the message names, then: " + platform::service_commands().restart);
    }
    if (broken_ && in_store) {
      return core::found(
          core::finding::kIdentityUnusable, "identity",
          "The agent has no client certificate that it can use: " + broken_->message(),
          kLookAtTheStore);
    }
    if (broken_) {
      return core::found(core::finding::kIdentityUnusable, "identity",
                         "The agent cannot use its identity: " + broken_->message(),
                         "put the files back, for example from a backup, and restart the agent; "
                         "or get a new token and run: certconnector enroll -");
    }
  }
  auto finding = parts_.keeper.finding();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!gone_ || !finding || finding->level() != core::HealthLevel::ok) return finding;
  return core::found(
      core::finding::kIdentityNotRenewed, "identity",
      "The agent uses a client certificate that it would not get again: " + gone_->message(),
      kLookAtTheStore);
}

}  // namespace certconnector::app
