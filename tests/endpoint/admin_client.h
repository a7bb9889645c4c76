// A blocking client of the administrator's interface, for the command line.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result/result.h"

namespace certconnector::endpoint {

class AdminClient {
 public:
  // Reads address and token from <state_dir>/admin.json, which a running endpoint wrote.
  [[nodiscard]] static Result<AdminClient> open(const std::string& state_dir);

  // `path` without the base, with its query. A problem document becomes an error with its detail.
  [[nodiscard]] Result<nlohmann::json> get(const std::string& path) const;
  [[nodiscard]] Result<nlohmann::json> post(const std::string& path,
                                            const nlohmann::json& body) const;
  [[nodiscard]] Result<nlohmann::json> put(const std::string& path,
                                           const nlohmann::json& body) const;

 private:
  AdminClient(std::string host, std::string port, std::string token)
      : host_(std::move(host)), port_(std::move(port)), token_(std::move(token)) {}
  [[nodiscard]] Result<nlohmann::json> call(const std::string& method, const std::string& path,
                                            const std::string& body) const;

  std::string host_, port_, token_;
};

}  // namespace certconnector::endpoint
