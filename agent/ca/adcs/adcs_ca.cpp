#include "agent/ca/adcs/adcs_ca.h"

#include <algorithm>
#include <utility>

#include "agent/ca/adcs/request_attributes.h"
#include "agent/ca/ca_errors.h"
#include "agent/core/failure_codes.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ca {
namespace {

// A person has to change something: asking more often helps nobody.
constexpr Duration kAfterAPerson{std::chrono::minutes(5)};
// Each denied request is a row in the CA's database.
constexpr Duration kAfterADenial{std::chrono::minutes(30)};
// How far the clocks of the CA and of the agent may differ.
constexpr std::chrono::hours kClockSlack{1};

bool is(const Error& error, AdcsErrc errc) { return error.code() == error_code(errc); }

core::DeniedByCa denied(const std::string& why, Hresult status) {
  core::Failed failed = core::failed(core::failure::kDeniedByCa, why);
  if (status != hresult::kOk) failed.hresult = static_cast<std::int32_t>(status);
  return core::DeniedByCa{std::move(failed)};
}

core::CaUnavailable unavailable(const Error& error) {
  const bool wants_a_person =
      is(error, AdcsErrc::not_configured) || is(error, AdcsErrc::component_missing);
  return {error.message(), wants_a_person ? std::optional<Duration>(kAfterAPerson) : std::nullopt};
}

// Of a request that was sent.
core::SubmitAnswer to_answer(const Error& error) {
  if (is(error, AdcsErrc::in_doubt)) return core::InDoubt{error.message()};
  if (is(error, AdcsErrc::refused)) return denied(error.message(), hresult::kOk);
  return unavailable(error);
}

core::SubmitAnswer of_denied(const RequestState& state) {
  const std::string doing = state.message.empty() ? "the CA denied the request"
                                                  : "the CA denied the request: " + state.message;
  const Error error = adcs_error(state.status, doing);
  // The CA has decided, so that a status of no known class is final too.
  const bool keep = is(error, AdcsErrc::not_configured) || is(error, AdcsErrc::unreachable);
  if (keep) return core::CaUnavailable{error.message(), kAfterADenial};
  return denied(error.message(), state.status);
}

core::SubmitAnswer of_issued(const RequestState& state) {
  const auto certificate = crypto::Certificate::from_der(state.certificate);
  if (certificate.ok()) return issued(*certificate);
  return core::InDoubt{"the CA issued request " + state.request_id +
                       ", and its certificate cannot be read: " + certificate.error().message()};
}

core::SubmitAnswer to_answer(const RequestState& state) {
  switch (state.disposition) {
    case RequestDisposition::issued:
    case RequestDisposition::issued_out_of_band:
      return of_issued(state);
    case RequestDisposition::under_submission:
      if (state.request_id.empty()) {
        return core::InDoubt{"the CA keeps the request for a person, and names no request id"};
      }
      return core::PendingAtCa{state.request_id, std::nullopt};
    case RequestDisposition::denied:
    case RequestDisposition::error:
      return of_denied(state);
    case RequestDisposition::revoked:
      return denied("the CA has issued request " + state.request_id + " and revoked it",
                    hresult::kOk);
    case RequestDisposition::incomplete:
      break;
  }
  return core::InDoubt{"the CA says that request " + state.request_id + " is incomplete"};
}

// A request that is not decided for good, or whose certificate was taken back: a second one would
// bring a second certificate.
std::optional<std::string> why_not_again(const FoundRequest& found) {
  const std::string request = "request " + found.request_id;
  switch (found.disposition) {
    case RequestDisposition::under_submission:
      return request + " waits at the CA for a manager to issue it";
    case RequestDisposition::incomplete:
      return "the CA still works on " + request;
    case RequestDisposition::revoked:
      return request +
             " was issued and revoked at the CA; cancel the job, and have the device ask "
             "again";
    default:
      return std::nullopt;
  }
}

bool is_request_id(const std::string& text) {
  constexpr std::size_t kLongest = 10;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint32_t reason_at_ca(core::RevocationReason reason) {
  const auto value = static_cast<std::uint32_t>(reason);
  constexpr auto kLast = static_cast<std::uint32_t>(core::RevocationReason::certificate_hold);
  return value <= kLast ? value : 0;
}

}  // namespace

AdcsCa::AdcsCa(const CaSection& section, AdcsSettings settings,
               std::vector<crypto::Certificate> chain,
               std::unique_ptr<CertificateServices> services, const Clock& clock)
    : ca_(section, std::move(chain)),
      settings_(std::move(settings)),
      services_(std::move(services)),
      clock_(clock) {}

std::vector<core::SubmitAnswer> AdcsCa::submit(const std::vector<core::Submission>& submissions,
                                               const core::CallContext& call) {
  std::vector<core::SubmitAnswer> answers;
  answers.reserve(submissions.size());
  for (const core::Submission& one : submissions) answers.push_back(submit_one(one, call));
  return answers;
}

core::SubmitAnswer AdcsCa::submit_one(const core::Submission& submission,
                                      const core::CallContext& call) {
  if (auto refused = ca_.refuse(submission)) return *std::move(refused);
  const auto attributes = request_attributes(
      {settings_.name_at_ca(submission.template_name), submission.validity, submission.key});
  if (!attributes.ok()) return denied(attributes.error().message(), hresult::kUnsupportedTemplate);
  const auto state = services_->submit(submission.request->der(), *attributes, call);
  return state.ok() ? to_answer(*state) : to_answer(state.error());
}

core::SubmitAnswer AdcsCa::retrieve(const std::string& request_id,
                                    const core::IdempotencyKey& /*key*/,
                                    const core::CallContext& call) {
  if (!is_request_id(request_id)) {
    return denied("AD CS has no request with the id " + request_id, hresult::kNoRequest);
  }
  const auto state = services_->retrieve(request_id, call);
  if (state.ok()) return to_answer(*state);
  if (is(state.error(), AdcsErrc::nothing_there)) {
    return denied(state.error().message(), hresult::kNoRequest);
  }
  if (is(state.error(), AdcsErrc::refused)) return denied(state.error().message(), hresult::kOk);
  return unavailable(state.error());  // it can be asked again
}

std::vector<core::RevokeAnswer> AdcsCa::revoke(const std::vector<core::Revocation>& revocations,
                                               const core::CallContext& call) {
  std::vector<core::RevokeAnswer> answers;
  answers.reserve(revocations.size());
  for (const core::Revocation& one : revocations) answers.push_back(revoke_one(one, call));
  return answers;
}

core::RevokeAnswer AdcsCa::revoke_one(const core::Revocation& revocation,
                                      const core::CallContext& call) {
  if (revocation.certificate.serial.empty()) {
    return denied("AD CS finds a certificate by its serial number alone; revoke it by that",
                  hresult::kOk);
  }
  const std::string serial = serial_text(revocation.certificate.serial);
  const auto standing = services_->standing(serial, call);
  if (!standing.ok()) return unavailable(standing.error());
  const bool release = revocation.reason == core::RevocationReason::remove_from_crl;
  switch (*standing) {
    case Standing::never_issued:
      return denied("the CA has issued no certificate with the serial number " + serial,
                    hresult::kPropertyEmpty);
    case Standing::revoked:
      if (!release) return core::Revoked{clock_.wall(), true};
      return denied("the certificate is revoked for good; only a certificate on hold comes back",
                    hresult::kOk);
    case Standing::on_hold:
      if (revocation.reason == core::RevocationReason::certificate_hold) {
        return core::Revoked{clock_.wall(), true};
      }
      break;
    case Standing::in_force:
      if (release) return core::Revoked{clock_.wall(), true};
      break;
  }
  return revoke_at_ca(serial, revocation.reason, call);
}

core::RevokeAnswer AdcsCa::revoke_at_ca(const std::string& serial, core::RevocationReason reason,
                                        const core::CallContext& call) {
  const std::uint32_t value =
      reason == core::RevocationReason::remove_from_crl ? kReleaseHold : reason_at_ca(reason);
  const Status done = services_->revoke(serial, value, call);
  if (done.ok()) return core::Revoked{clock_.wall(), false};
  if (is(done.error(), AdcsErrc::refused)) return denied(done.error().message(), hresult::kOk);
  return unavailable(done.error());
}

Result<std::optional<core::Issued>> AdcsCa::find(const core::IdempotencyKey& key,
                                                 ByteView public_key_info,
                                                 Timestamp submitted_after,
                                                 const core::CallContext& call) {
  const Timestamp since =
      submitted_after == Timestamp{} ? submitted_after : submitted_after - kClockSlack;
  CC_TRY_ASSIGN(const auto found, services_->find(key, since, call));
  for (const FoundRequest& one : found) {
    const auto request = crypto::Pkcs10::parse(one.pkcs10);
    if (!request.ok() || request->public_key_info() != public_key_info) continue;
    if (auto why = why_not_again(one)) {
      return Error(AdcsErrc::unreachable, ErrorKind::transient, *std::move(why));
    }
    const bool is_issued = one.disposition == RequestDisposition::issued ||
                           one.disposition == RequestDisposition::issued_out_of_band;
    if (!is_issued) continue;
    CC_TRY_ASSIGN(const RequestState state, services_->retrieve(one.request_id, call));
    CC_TRY_ASSIGN(const auto certificate, crypto::Certificate::from_der(state.certificate));
    return std::optional<core::Issued>(issued(certificate));
  }
  return std::optional<core::Issued>();
}

Status AdcsCa::check(const core::CallContext& call) {
  CC_TRY(ca_.check_dates(clock_.wall()));
  return services_->probe(call);
}

}  // namespace certconnector::ca
