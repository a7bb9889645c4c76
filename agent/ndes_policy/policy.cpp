#include "agent/ndes_policy/policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::ndes_policy {
namespace {

namespace wire = registration_wire;

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Why the protocol cannot carry it. Nothing: it can.
std::optional<std::string> why_unfit(const std::string& transaction_id) {
  if (transaction_id.empty()) return "it has no transaction id";
  if (transaction_id.size() > wire::kMaxTransactionId) return "its transaction id is too long";
  if (!is_printable(transaction_id)) return "its transaction id is not printable ASCII";
  return std::nullopt;
}

std::optional<std::string> why_unfit(const wire::VerifyRequest& request) {
  if (auto why = why_unfit(request.transaction_id)) return why;
  if (request.pkcs10.empty()) return "it is empty";
  if (request.pkcs10.size() > wire::kMaxPkcs10) return "it is too large";
  if (request.signing_certificate.size() > wire::kMaxCertificate) {
    return "the certificate that signs it is too large";
  }
  if (request.template_name.empty()) return "NDES named no template";
  if (request.template_name.size() > wire::kMaxTemplate) return "its template's name is too long";
  return std::nullopt;
}

std::optional<std::string> why_unfit(const wire::Notification& notification) {
  if (auto why = why_unfit(notification.transaction_id)) return why;
  const bool issued = notification.disposition == wire::Disposition::success;
  if (issued && notification.certificate.empty()) return "it has no certificate";
  if (notification.certificate.size() > wire::kMaxCertificate)
    return "its certificate is too large";
  return std::nullopt;
}

std::string hex(std::int32_t hresult) {
  const auto value = static_cast<std::uint32_t>(hresult);
  constexpr unsigned kOctet = 8;
  Bytes octets;
  for (unsigned shift = 4 * kOctet; shift > 0; shift -= kOctet) {
    octets.push_back(static_cast<std::uint8_t>(value >> (shift - kOctet)));
  }
  return "0x" + text::to_hex(octets);
}

}  // namespace

Result<std::string> Policy::generate_challenge(const wire::ChallengeRequest& request,
                                               const StopToken& stop) {
  auto challenge = parts_.client.challenge(request, stop);
  if (!challenge.ok()) {
    parts_.logger.warning("policy.no_challenge",
                          "There is no password for NDES: " + challenge.error().message(),
                          {{"template", request.template_name},
                           {"code", std::string(challenge.error().code().name)}});
  }
  return challenge;
}

bool Policy::verify_request(const wire::VerifyRequest& request, const StopToken& stop) {
  if (const auto why = why_unfit(request)) {
    parts_.logger.warning("policy.unfit", "A request is not verified: " + *why + ".");
    return false;
  }
  const auto answer = parts_.client.verify(request, stop);
  if (!answer.ok()) {
    parts_.logger.warning(
        "policy.not_asked",
        "A request is not verified, since the agent cannot be asked: " + answer.error().message(),
        {{"transaction", request.transaction_id},
         {"code", std::string(answer.error().code().name)}});
    return false;
  }
  if (!answer->verified) {
    parts_.logger.info("policy.denied", "A request is not verified: " + answer->denied.message,
                       {{"transaction", request.transaction_id},
                        {"template", request.template_name},
                        {"code", answer->denied.code},
                        {"hresult", hex(answer->denied.hresult)}});
    return false;
  }
  parts_.logger.info("policy.verified", "A request is verified.",
                     {{"transaction", request.transaction_id},
                      {"template", request.template_name},
                      {"renewal", request.signing_certificate.empty() ? "no" : "yes"}});
  return true;
}

void Policy::notify(const wire::Notification& notification, const StopToken& stop) {
  if (const auto why = why_unfit(notification)) {
    parts_.logger.warning("policy.unfit", "An outcome is not reported: " + *why + ".");
    return;
  }
  const auto spooled = parts_.spool.add(notification);
  if (spooled.ok()) return parts_.spooled();
  // Where nothing can be kept, this is the one chance to tell.
  const auto told = parts_.client.notify(notification, stop);
  if (told.ok()) {
    parts_.logger.warning(
        "policy.spool",
        "The spool cannot be written; the agent has the outcome: " + spooled.error().message());
    return;
  }
  const std::string certificate =
      notification.certificate.empty()
          ? ""
          : text::to_hex(crypto::view(crypto::sha256(notification.certificate)));
  parts_.logger.error("policy.lost",
                      "The outcome of a request is lost: the spool cannot be written (" +
                          spooled.error().message() +
                          "), and the agent does not take it: " + told.error().message(),
                      {{"transaction", notification.transaction_id}, {"sha256", certificate}});
}

}  // namespace certconnector::ndes_policy
