// Results over the wire: what a result must look like before the store judges it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/time/clock.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/result_store.h"

namespace certconnector::endpoint {

class ResultService {
 public:
  ResultService(ResultStore& results, const Clock& clock) : results_(results), clock_(clock) {}

  [[nodiscard]] Response submit(const std::string& agent_id, const nlohmann::json& body);

 private:
  [[nodiscard]] Status keep_chains(const nlohmann::json& body);

  ResultStore& results_;
  const Clock& clock_;
};

}  // namespace certconnector::endpoint
