#include "agent/scep/self_test.h"

#include <algorithm>
#include <utility>

#include "agent/scep/client_message.h"
#include "common/crypto/digest.h"
#include "common/crypto/name.h"
#include "common/crypto/pkcs10.h"
#include "common/http/server.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::scep {
namespace {

constexpr std::size_t kNonce = 16;  // octets, RFC 8894 section 3.2.1.5
constexpr std::size_t kTransactionOctets = 8;

Error unexpected(std::string what) {
  return {ScepErrc::malformed, ErrorKind::permanent, std::move(what)};
}

std::string next_of(const Error& error) {
  if (error.code() == http::error_code(http::HttpErrc::untrusted)) {
    return "Name the CA of that certificate with --ca-file FILE, or give the server one for the "
           "host name, of a CA that this machine trusts";
  }
  return "See: certconnector scep list, and certconnector health";
}

class SelfTest {
 public:
  SelfTest(const SelfTestPlan& plan, const Exchange& exchange, const Clock& clock)
      : plan_(plan), exchange_(exchange), clock_(clock) {}

  SelfTestReport run() {
    const Status done = try_all();
    if (!done.ok()) report_.failure = done.error().message();
    if (!done.ok() && report_.next.empty()) report_.next = next_of(done.error());
    return std::move(report_);
  }

 private:
  Status try_all() {
    CC_TRY(look_at_capabilities());
    CC_TRY(fetch_certificates());
    CC_TRY(make_request());
    return enroll();
  }

  // Notes a step that began when the step before it ended.
  void done(std::string what) {
    const Timestamp now = clock_.now();
    report_.steps.push_back({std::move(what), now - step_began_});
    step_began_ = now;
  }

  Result<std::shared_ptr<const Bytes>> ask(const std::string& operation, const Bytes* body) {
    http::Request request;
    request.method = body == nullptr ? "GET" : "POST";
    request.path = plan_.path;
    request.query = "operation=" + operation;
    if (body != nullptr) {
      request.headers.emplace_back("Content-Type", "application/x-pki-message");
      request.body = std::string(as_text(*body));
    }
    auto answer = exchange_(request);
    if (!answer.ok()) return answer.error().with_context(operation);
    const std::string text(answer->body ? as_text(*answer->body) : std::string_view());
    if (answer->status != 200) {
      return unexpected(operation + ": HTTP " + std::to_string(answer->status) + " " +
                        text.substr(0, text.find('\n')));
    }
    if (text.empty()) return unexpected(operation + ": an empty answer");
    return answer->body;
  }

  Status look_at_capabilities() {
    CC_TRY_ASSIGN(const auto body, ask("GetCACaps", nullptr));
    std::string words(as_text(*body));
    if (words.find("POSTPKIOperation") == std::string::npos ||
        words.find("AES") == std::string::npos) {
      return unexpected(
          "GetCACaps: AES and POSTPKIOperation are not among the capabilities of the service");
    }
    while (!words.empty() && words.back() == '\n') words.pop_back();
    for (std::size_t at = 0; (at = words.find('\n', at)) != std::string::npos;) {
      words.replace(at, 1, ", ");
    }
    done("GetCACaps: " + words);
    return {};
  }

  Status fetch_certificates() {
    CC_TRY_ASSIGN(const auto body, ask("GetCACert", nullptr));
    auto offer = read_offer(*body);
    if (!offer.ok()) return offer.error().with_context("GetCACert");
    offer_ = std::move(*offer);
    if (std::find(plan_.ras.begin(), plan_.ras.end(), offer_->encryption.der()) ==
        plan_.ras.end()) {
      return unexpected("GetCACert: RA " + offer_->encryption.subject_text() +
                        " is not this service's; the address leads elsewhere");
    }
    done("GetCACert: RA " + offer_->encryption.subject_text() + ", and " +
         std::to_string(offer_->cas.size()) + " of its CA and above");
    return {};
  }

  Status make_request() {
    CC_TRY_ASSIGN(const auto name, crypto::parse_rfc4514(plan_.subject));
    CC_TRY_ASSIGN(client_, make_credential(crypto::encode_name(name), clock_.wall()));
    crypto::Pkcs10Spec spec;
    spec.subject = name;
    if (!plan_.challenge.empty()) spec.challenge_password = plan_.challenge;
    CC_TRY_ASSIGN(pkcs10_, crypto::make_pkcs10(client_->key, spec));
    report_.transaction = plan_.transaction;
    done("made an RSA key of 2048 bits and a request for " + plan_.subject);
    return {};
  }

  Status enroll() {
    const Bytes nonce = crypto::random_bytes(kNonce);
    CC_TRY_ASSIGN(
        const Bytes message,
        make_enrollment_message(*client_, offer_->encryption, pkcs10_, report_.transaction, nonce));
    CC_TRY_ASSIGN(const auto body, ask("PKIOperation", &message));
    auto reply = read_reply(*body, *client_, offer_->signing, report_.transaction, nonce);
    if (!reply.ok()) return reply.error().with_context("PKIOperation");
    if (reply->status != PkiStatus::success) return refused(*reply);
    const crypto::Certificate& certificate = reply->certificates.front();
    report_.serial = certificate.serial();
    done("PKIOperation: serial " + text::to_hex(certificate.serial()) + " for " +
         certificate.subject_text() + ", valid until " + to_rfc3339(certificate.not_after()));
    CC_TRY(check(certificate));
    done("checked key, issuer and dates of the certificate");
    return {};
  }

  Status refused(const ClientReply& reply) {
    report_.next = "See: certconnector scep explain " + report_.transaction;
    if (reply.status == PkiStatus::pending) {
      return unexpected("PKIOperation: PENDING, the certificate is not there yet");
    }
    return unexpected("PKIOperation: FAILURE" +
                      (reply.fail_info ? ", " + std::string(to_string(*reply.fail_info)) : ""));
  }

  [[nodiscard]] Status check(const crypto::Certificate& certificate) const {
    const Timestamp now = clock_.wall();
    if (!certificate.belongs_to(client_->key)) {
      return unexpected("the certificate is for another key than was asked for");
    }
    const bool issued =
        std::any_of(offer_->cas.begin(), offer_->cas.end(),
                    [&](const crypto::Certificate& ca) { return certificate.issued_by(ca); });
    if (!issued) return unexpected("the certificate is of none of the CAs that GetCACert offers");
    if (certificate.not_before() > now || certificate.not_after() <= now) {
      return unexpected("the certificate is not valid now; compare the clocks");
    }
    return {};
  }

  const SelfTestPlan& plan_;
  const Exchange& exchange_;
  const Clock& clock_;
  Timestamp step_began_ = clock_.now();
  std::optional<OfferedCertificates> offer_;
  std::optional<ClientCredential> client_;
  Bytes pkcs10_;
  SelfTestReport report_;
};

}  // namespace

std::string new_test_transaction() {
  return "selftest-" + text::to_hex(crypto::random_bytes(kTransactionOctets));
}

SelfTestReport run_self_test(const SelfTestPlan& plan, const Exchange& exchange,
                             const Clock& clock) {
  return SelfTest(plan, exchange, clock).run();
}

}  // namespace certconnector::scep
