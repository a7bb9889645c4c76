#include "proto/registration/codec.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::registration_wire {
namespace {

constexpr json::Limits kLimits{kMaxBody, 4, 64};
constexpr json::Limits kAnswerLimits{kMaxAnswer, 8, 1024};
constexpr std::size_t kSha256 = 32;  // octets
constexpr std::size_t kMostVersions = 64;

bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

constexpr json::TextRule kTemplateName = {1, kMaxTemplate};
constexpr json::TextRule kParameters = {0, kMaxParameters};
constexpr json::TextRule kTransactionId = {1, kMaxTransactionId, is_printable_ascii,
                                           "printable ASCII"};
constexpr json::TextRule kChallenge = {0, kMaxChallenge};
constexpr json::TextRule kCode = {1, 64, json::is_name_character, "A-Z a-z 0-9 . _ -"};
constexpr json::TextRule kMessage = {0, 4096, nullptr, {}, true};

template <typename Enum>
using Names = std::initializer_list<std::pair<std::string_view, Enum>>;

const Names<Disposition> kDispositions = {{"success", Disposition::success},
                                          {"failure", Disposition::failure},
                                          {"pending", Disposition::pending},
                                          {"pending_challenge", Disposition::pending_challenge},
                                          {"unknown", Disposition::unknown}};
const Names<Standing> kStandings = {
    {"issued", Standing::issued}, {"failed", Standing::failed}, {"pending", Standing::pending}};

template <typename Enum>
std::string_view name_of(Enum value, Names<Enum> names) {
  for (const auto& [name, one] : names) {
    if (one == value) return name;
  }
  return names.begin()->first;
}

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

enum class OtherMembers { refused, allowed };

// One message: a JSON object out of which `read` takes what it has.
template <typename Message, typename Read>
Result<Message> decode(std::string_view body, const json::Limits& limits, OtherMembers others,
                       const char* what, Read read) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body, limits));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  Message message;
  read(reader, message);
  if (others == OtherMembers::refused) reader.refuse_others();
  CC_TRY(problems.status(what));
  return message;
}

template <typename Message, typename Read>
Result<Message> decode_request(std::string_view body, const char* what, Read read) {
  return decode<Message>(body, kLimits, OtherMembers::refused, what, read);
}

template <typename Message, typename Read>
Result<Message> decode_answer(std::string_view body, const char* what, Read read) {
  return decode<Message>(body, kAnswerLimits, OtherMembers::allowed, what, read);
}

std::int32_t hresult_of(const json::Field& field) {
  return static_cast<std::int32_t>(field
                                       .integer(std::numeric_limits<std::int32_t>::min(),
                                                std::numeric_limits<std::int32_t>::max())
                                       .value_or(0));
}

std::vector<unsigned> read_versions(const json::Field& field) {
  std::vector<unsigned> out;
  const auto list = field.array(0, kMostVersions);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto text = (*list)[i].text(kCode);
    const auto version = text ? parse_version(*text) : std::nullopt;
    if (version) out.push_back(*version);
  }
  return out;
}

void add_octets(nlohmann::json& object, const char* name, const Bytes& octets) {
  if (!octets.empty()) object[name] = text::to_base64(octets);
}

void add_text(nlohmann::json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

}  // namespace

std::optional<unsigned> parse_version(std::string_view text) {
  unsigned version = 0;
  if (text.empty() || text.front() != 'v') return std::nullopt;
  const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), version);
  if (parsed.ec != std::errc() || text != version_text(version)) return std::nullopt;
  return version;
}

std::string version_text(unsigned version) { return "v" + std::to_string(version); }

Result<ChallengeRequest> decode_challenge_request(std::string_view body) {
  return decode_request<ChallengeRequest>(
      body, "challenge request", [](json::ObjectReader& reader, ChallengeRequest& request) {
        request.template_name = reader.required("template").text(kTemplateName).value_or("");
        request.parameters = reader.optional("parameters").text(kParameters).value_or("");
      });
}

Result<VerifyRequest> decode_verify_request(std::string_view body) {
  return decode_request<VerifyRequest>(
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
  return decode_request<Notification>(
      body, "notification", [](json::ObjectReader& reader, Notification& notification) {
        const json::Field challenge = reader.optional("challenge");
        notification.challenge = challenge.text(kChallenge).value_or("");
        const json::Field digest = reader.optional("challenge_sha256");
        notification.challenge_sha256 = digest.base64(kSha256, kSha256).value_or(Bytes());
        if (digest.present() && challenge.present()) {
          digest.problem("comes in place of the challenge");
        }
        notification.transaction_id =
            reader.required("transaction_id").text(kTransactionId).value_or("");
        const auto disposition = reader.required("disposition").choice<Disposition>(kDispositions);
        notification.disposition = disposition.value_or(Disposition::unknown);
        notification.hresult = hresult_of(reader.optional("hresult"));
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
  return json::dump({{"standing", name_of(standing, kStandings)}});
}

std::string encode_problem(const Problem& problem) {
  nlohmann::json out = {{"type", "about:blank"},
                        {"title", title_of(problem.status)},
                        {"status", problem.status},
                        {"code", problem.code},
                        {"detail", problem.detail}};
  for (const unsigned version : problem.versions) out["versions"].push_back(version_text(version));
  return json::dump(out);
}

std::string encode_challenge_request(const ChallengeRequest& request) {
  nlohmann::json out = {{"template", request.template_name}};
  add_text(out, "parameters", request.parameters);
  return json::dump(out);
}

std::string encode_verify_request(const VerifyRequest& request) {
  nlohmann::json out = {{"template", request.template_name},
                        {"transaction_id", request.transaction_id},
                        {"pkcs10", text::to_base64(request.pkcs10)}};
  add_octets(out, "signing_certificate", request.signing_certificate);
  return json::dump(out);
}

std::string encode_notification(const Notification& notification) {
  nlohmann::json out = {{"transaction_id", notification.transaction_id},
                        {"disposition", name_of(notification.disposition, kDispositions)},
                        {"hresult", notification.hresult}};
  add_text(out, "challenge", notification.challenge);
  add_octets(out, "challenge_sha256", notification.challenge_sha256);
  add_octets(out, "certificate", notification.certificate);
  return json::dump(out);
}

Result<std::string> decode_challenge_answer(std::string_view body) {
  return decode_answer<std::string>(
      body, "challenge answer", [](json::ObjectReader& reader, std::string& challenge) {
        challenge = reader.required("challenge").text({1, kMaxChallenge}).value_or("");
      });
}

Result<VerifyAnswer> decode_verify_answer(std::string_view body) {
  return decode_answer<VerifyAnswer>(
      body, "verify answer", [](json::ObjectReader& reader, VerifyAnswer& answer) {
        answer.verified = reader.required("verified").boolean().value_or(false);
        if (answer.verified) return;
        answer.denied.code = reader.required("code").text(kCode).value_or("");
        answer.denied.hresult = hresult_of(reader.required("hresult"));
        answer.denied.message = reader.required("message").text(kMessage).value_or("");
      });
}

Result<Standing> decode_notify_answer(std::string_view body) {
  return decode_answer<Standing>(
      body, "notify answer", [](json::ObjectReader& reader, Standing& standing) {
        standing = reader.required("standing").choice(kStandings).value_or(Standing::pending);
      });
}

Result<Problem> decode_problem(std::string_view body) {
  return decode_answer<Problem>(body, "problem", [](json::ObjectReader& reader, Problem& problem) {
    problem.status = static_cast<unsigned>(reader.required("status").integer(100, 599).value_or(0));
    problem.code = reader.required("code").text(kCode).value_or("");
    problem.detail = reader.optional("detail").text(kMessage).value_or("");
    problem.versions = read_versions(reader.optional("versions"));
  });
}

}  // namespace certconnector::registration_wire
