#include <algorithm>
#include <utility>

#include "agent/core/errors.h"
#include "agent/upstream/identity.h"
#include "common/crypto/pkcs10.h"
#include "common/runtime/loop_thread.h"
#include "common/time/rfc3339.h"

namespace certconnector::upstream {

IdentityKeeper::IdentityKeeper(const UpstreamSession& session, core::IdentityStore& store)
    : session_(session), store_(store), pace_(session.pace()) {}

void IdentityKeeper::adopt(const core::Identity& identity, RenewedBy renewed_by) {
  const Timestamp due = renew_at(identity.chain.front(), session_.random.unit());
  const std::lock_guard<std::mutex> lock(mutex_);
  current_ = Current{identity, due, renewed_by};
}

std::optional<IdentityKeeper::Current> IdentityKeeper::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

std::optional<Timestamp> IdentityKeeper::renewal_due() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!current_ || current_->renewed_by != RenewedBy::agent) return std::nullopt;
  return current_->renew_at;
}

std::optional<Timestamp> IdentityKeeper::not_after() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!current_) return std::nullopt;
  return current_->identity.chain.front().not_after();
}

std::optional<core::HealthFinding> IdentityKeeper::finding() const {
  const auto held = current();
  if (!held) return std::nullopt;
  return identity_finding(held->identity.chain.front(), session_.clock.wall(), held->renewed_by);
}

Duration IdentityKeeper::step(const StopToken& stop) {
  if (const auto wait = pace_.waits()) return *wait;
  const auto due = renewal_due();
  if (!due) return runtime::kIdle;
  // The wall clock may jump, so it is looked at again within the hour.
  const Timestamp wall = session_.clock.wall();
  if (wall < *due) return std::min(*due - wall, runtime::kIdle);
  const Status renewed = renew_now(stop);
  if (renewed.ok()) {
    pace_.recovered();
    return Duration(0);
  }
  if (stop.stop_requested()) return runtime::kIdle;
  return pace_.back_off(renewed.error().retry_after());
}

Status IdentityKeeper::renew_now(const StopToken& stop) {
  const std::lock_guard<std::mutex> one_at_a_time(renewing_);
  const auto held = current();
  if (!held) {
    return Error(core::CoreErrc::not_enrolled, ErrorKind::permanent,
                 "there is no identity to renew; enroll first: certconnector enroll");
  }
  auto renewed = ask_for_renewal(held->identity, stop);
  if (!renewed.ok()) {
    session_.logger.warning(
        "identity.renewal_failed",
        "The client certificate could not be renewed; it is tried again by itself: " +
            renewed.error().message(),
        {{"code", renewed.error().code().name}});
    return std::move(renewed).error();
  }
  CC_TRY(store_.save(*renewed));
  CC_TRY(store_.activate(*renewed));
  adopt(*renewed, held->renewed_by);
  session_.logger.info("identity.renewed", "The client certificate was renewed and is in use.",
                       {{"not_after", to_rfc3339(renewed->chain.front().not_after())}});
  return {};
}

Result<crypto::PrivateKey> IdentityKeeper::next_key(const crypto::PrivateKey& like) {
  auto begun = store_.load_next_key();
  if (begun.ok() && begun->has_value()) return std::move(**begun);
  CC_TRY_ASSIGN(auto key, crypto::PrivateKey::generate({like.kind(), like.bits()}));
  CC_TRY(store_.save_next_key(key));
  return key;
}

Result<core::Identity> IdentityKeeper::ask_for_renewal(const core::Identity& old,
                                                       const StopToken& stop) {
  CC_TRY_ASSIGN(auto key, next_key(old.key));
  crypto::Pkcs10Spec spec;
  CC_TRY_ASSIGN(spec.subject, crypto::parse_name(old.chain.front().subject()));
  spec.subject_alt_names = old.chain.front().subject_alt_names();
  CC_TRY_ASSIGN(const Bytes request, crypto::make_pkcs10(key, spec));
  auto answer = session_.roles.credential->renew_identity(request, stop);
  if (!answer.ok()) {
    if (!stop.stop_requested()) session_.health.failed(answer.error());
    return std::move(answer).error();
  }
  session_.health.succeeded();
  core::Identity identity{std::move(key), {}};
  for (const Bytes& der : *answer) {
    CC_TRY_ASSIGN(auto certificate, crypto::Certificate::from_der(der));
    identity.chain.push_back(std::move(certificate));
  }
  if (identity.chain.empty()) {
    return Error(core::CoreErrc::bad_answer, ErrorKind::permanent,
                 "the endpoint answered the renewal without a certificate");
  }
  CC_TRY(
      check_identity(identity.chain.front(), identity.key, session_.clock.wall(), kAskTheIssuer));
  return identity;
}

}  // namespace certconnector::upstream
