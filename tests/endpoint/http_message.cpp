#include "tests/endpoint/http_message.h"

#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>

#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {

std::string reason_phrase(int status) {
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  return std::string(boost::beast::http::obsolete_reason(known));
}

Response problem(int status, const std::string& code, const std::string& detail,
                 std::optional<std::chrono::seconds> retry_after) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = dump_json({{"type", "about:blank"},
                             {"title", reason_phrase(status)},
                             {"status", status},
                             {"detail", detail},
                             {"code", code}});
  if (retry_after)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after->count()));
  return response;
}

}  // namespace certconnector::endpoint
