#include "proto/registration/codec.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::registration_wire {
namespace {

constexpr json::Limits kLimits{kMaxBody, 4, 64};

bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

constexpr json::TextRule kTemplateName = {1, kMaxTemplate};
constexpr json::TextRule kParameters = {0, kMaxParameters};
constexpr json::TextRule kTransactionId = {1, kMaxTransactionId, is_printable_ascii,
                                           "printable ASCII"};
constexpr json::TextRule kChallenge = {0, kMaxChallenge};

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Too large";
    case 415:
      return "Unsupported media type";
    case 501:
      return "Not implemented";
    case 503:
      return "Not now";
    default:
      return "Failed";
  }
}

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::issued:
      return "issued";
    case Standing::failed:
      return "failed";
    case Standing::pending:
      break;
  }
  return "pending";
}

// One message: a JSON object with what `read` takes out of it, and nothing else.
template <typename Message, typename Read>
Result<Message> decode(std::string_view body, const char* what, Read read) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body, kLimits));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  Message message;
  read(reader, message);
  reader.refuse_others();
  CC_TRY(problems.status(what));
  return message;
}

}  // namespace

Result<ChallengeRequest> decode_challenge_request(std::string_view body) {
  return decode<ChallengeRequest>(
      body, "challenge request", [](json::ObjectReader& reader, ChallengeRequest& request) {
        request.template_name = reader.required("template").text(kTemplateName).value_or("");
        request.parameters = reader.optional("parameters").text(kParameters).value_or("");
      });
}

Result<VerifyRequest> decode_verify_request(std::string_view body) {
  return decode<VerifyRequest>(
      body, "verify request", [](json::ObjectReader& reader, VerifyRequest& request) {
        request.pkcs10 = reader.required("pkcs10").base64(1, kMaxPkcs10).value_or(Bytes());
        request.signing_certificate =
            reader.optional("signing_certificate").base64(1, kMaxCertificate).value_or(Bytes());
        request.template_name = reader.required("template").text(kTemplateName).value_or("");
        request.transaction_id =
            reader.required("transaction_id").text(kTransactionId).value_or("");
      });
}

Result<Notification> decode_notification(std::string_view body) {
  return decode<Notification>(
      body, "notification", [](json::ObjectReader& reader, Notification& notification) {
        notification.challenge = reader.optional("challenge").text(kChallenge).value_or("");
        notification.transaction_id =
            reader.required("transaction_id").text(kTransactionId).value_or("");
        const auto disposition =
            reader.required("disposition")
                .choice<Disposition>({{"success", Disposition::success},
                                      {"failure", Disposition::failure},
                                      {"pending", Disposition::pending},
                                      {"pending_challenge", Disposition::pending_challenge},
                                      {"unknown", Disposition::unknown}});
        notification.disposition = disposition.value_or(Disposition::unknown);
        notification.hresult =
            static_cast<std::int32_t>(reader.optional("hresult")
                                          .integer(std::numeric_limits<std::int32_t>::min(),
                                                   std::numeric_limits<std::int32_t>::max())
                                          .value_or(0));
        const json::Field certificate = reader.optional("certificate");
        notification.certificate = certificate.base64(1, kMaxCertificate).value_or(Bytes());
        const bool issued = disposition == Disposition::success;
        if (disposition && issued != certificate.present()) {
          certificate.problem(issued ? "is missing: success comes with what was issued"
                                     : "comes with success alone");
        }
      });
}

std::string encode_challenge_answer(std::string_view challenge) {
  return json::dump({{"challenge", challenge}});
}

std::string encode_verify_answer(const std::optional<Denied>& denied) {
  nlohmann::json answer = {{"verified", !denied.has_value()}};
  if (denied) {
    answer["code"] = denied->code;
    answer["hresult"] = denied->hresult;
    answer["message"] = denied->message;
  }
  return json::dump(answer);
}

std::string encode_notify_answer(Standing standing) {
  return json::dump({{"standing", to_string(standing)}});
}

std::string encode_problem(const Problem& problem) {
  return json::dump({{"type", "about:blank"},
                     {"title", title_of(problem.status)},
                     {"status", problem.status},
                     {"code", problem.code},
                     {"detail", problem.detail}});
}

}  // namespace certconnector::registration_wire
