#include "agent/cloud/reference/onboarding.h"

#include "agent/cloud/reference/answer_error.h"
#include "agent/cloud/reference/errors.h"
#include "agent/cloud/reference/json_request.h"
#include "agent/cloud/reference/net_error.h"
#include "common/net/https_client.h"
#include "common/text/base64.h"
#include "common/time/rfc3339.h"
#include "proto/management/codec.h"
#include "proto/management/token.h"

namespace certconnector::cloud {
namespace {

constexpr const char* kServerName = "the endpoint";
constexpr std::size_t kMaxAnswer = std::size_t{1024} * 1024;

// RFC 7468: lines of 64 characters.
std::string to_pem(const Bytes& der) {
  const std::string base64 = text::to_base64(der);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) pem += base64.substr(i, 64) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

Result<net::HttpsAnswer> post(const OnboardingOrder& order,
                              const management::EnrollmentToken& token, const StopToken& stop) {
  net::HttpsSettings settings;
  settings.origin = token.endpoint;
  settings.server = kServerName;
  settings.proxy = order.proxy;
  settings.system_proxy = order.system_proxy;
  settings.max_answer = kMaxAnswer;
  const net::Trust trust{{}, token.ca_sha256};
  CC_TRY_ASSIGN(auto tls, net::TlsSetup::create(token.endpoint.host, trust, std::nullopt));
  net::HttpsClient client(settings, std::move(tls));
  auto body = management::encode_enroll_request(
      {token.secret, order.pkcs10, order.agent_name, order.version});
  return client.send(json_request("/enroll", std::move(body)), order.timeout, stop);
}

}  // namespace

Result<Onboarded> onboard(const OnboardingOrder& order, const Clock& clock, const StopToken& stop) {
  CC_TRY_ASSIGN(const auto token, management::decode_token(order.token));
  if (token.expires <= clock.wall()) {
    return Error(CloudErrc::token_expired, ErrorKind::permanent,
                 "the onboarding token expired at " + to_rfc3339(token.expires) +
                     " (this machine's clock says " + to_rfc3339(clock.wall()) +
                     "): check the clock, or ask for a new token");
  }
  auto answer = post(order, token, stop);
  if (!answer) return from_net(answer.error()).with_context("enrolling");
  if (answer->status != 200) return answer_error(*answer, clock.wall()).with_context("enrolling");
  auto answered = management::decode_enroll_answer(answer->body);
  if (!answered) {
    return Error(CloudErrc::bad_answer, ErrorKind::transient,
                 "enrolling: the endpoint's answer cannot be used: " + answered.error().message());
  }
  Onboarded out;
  out.agent_id = std::move(answered->agent_id);
  out.certificates = std::move(answered->certificates);
  out.url = token.endpoint.text();
  out.endpoint_ca_pem = to_pem(answer->pinned_ca);
  out.endpoint_ca = std::move(answer->pinned_ca);
  return out;
}

}  // namespace certconnector::cloud
