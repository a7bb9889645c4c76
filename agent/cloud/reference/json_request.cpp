#include "agent/cloud/reference/json_request.h"

#include <utility>

#include "proto/management/origin.h"

namespace certconnector::cloud {

net::HttpsRequest json_request(const std::string& path, std::string body) {
  net::HttpsRequest request;
  request.path = std::string(management::kBasePath) + path;
  request.content_type = "application/json";
  request.headers = {{"Accept", "application/json, application/problem+json"}};
  request.body = std::move(body);
  return request;
}

}  // namespace certconnector::cloud
