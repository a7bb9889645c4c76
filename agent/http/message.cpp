#include "agent/http/message.h"

#include <algorithm>

namespace certconnector::http {

std::string Request::header(const std::string& name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

Response text_response(unsigned status, const std::string& line) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::make_shared<const Bytes>(as_bytes(line + "\n").to_bytes());
  return response;
}

}  // namespace certconnector::http
