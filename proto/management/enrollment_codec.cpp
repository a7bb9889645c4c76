#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/time/rfc3339.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

std::vector<Bytes> read_certificates(const json::Field& field) {
  std::vector<Bytes> certificates;
  const auto items = field.array(1, kMaxChain);
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    auto der = (*items)[i].base64(1, kMaxCertificate);
    if (der) certificates.push_back(std::move(*der));
  }
  return certificates;
}

}  // namespace

std::string encode_enroll_request(const EnrollRequest& request) {
  nlohmann::json body = {{"token_secret", request.token_secret},
                         {"pkcs10", text::to_base64(request.pkcs10)},
                         {"version", request.version}};
  if (!request.agent_name.empty()) body["agent_name"] = request.agent_name;
  return json::dump(body);
}

Result<EnrollAnswer> decode_enroll_answer(std::string_view body) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  EnrollAnswer answer;
  answer.agent_id = reader.required("agent_id").text(json::kId).value_or("");
  answer.certificates = read_certificates(reader.required("certificates"));
  CC_TRY(problems.status("enroll answer"));
  return answer;
}

std::string encode_renew_request(ByteView pkcs10) {
  return json::dump({{"pkcs10", text::to_base64(pkcs10)}});
}

Result<std::vector<Bytes>> decode_renew_answer(std::string_view body) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  auto certificates = read_certificates(reader.required("certificates"));
  CC_TRY(problems.status("renew answer"));
  return certificates;
}

std::string encode_heartbeat_request(const Heartbeat& heartbeat) {
  auto cas = nlohmann::json::array();
  for (const auto& authority : heartbeat.cas) {
    nlohmann::json item = {{"sha256", authority.sha256},
                           {"name", authority.name},
                           {"healthy", authority.healthy},
                           {"not_after", to_rfc3339(authority.not_after)}};
    if (!authority.message.empty()) item["message"] = authority.message;
    cas.push_back(std::move(item));
  }
  nlohmann::json body = {{"version", heartbeat.version},
                         {"state", heartbeat.state},
                         {"queue_depth", heartbeat.queue_depth},
                         {"unreported", heartbeat.unreported},
                         {"authorities", std::move(cas)}};
  if (heartbeat.identity_not_after) {
    body["identity_not_after"] = to_rfc3339(*heartbeat.identity_not_after);
  }
  return json::dump(body);
}

Result<Timestamp> decode_heartbeat_answer(std::string_view body) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  const auto time = reader.required("server_time").time();
  CC_TRY(problems.status("heartbeat answer"));
  return *time;
}

}  // namespace certconnector::management
