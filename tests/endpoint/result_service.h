// Results over the wire: what a result must look like before the store judges it.
#pragma once

#include <list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/time/clock.h"
#include "tests/endpoint/faults.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/result_store.h"

namespace certconnector::endpoint {

class ResultService {
 public:
  ResultService(ResultStore& results, Faults& faults, const Clock& clock);
  ~ResultService();
  ResultService(const ResultService&) = delete;
  ResultService& operator=(const ResultService&) = delete;

  [[nodiscard]] Cancel submit(const std::string& agent_id, const nlohmann::json& body,
                              Respond respond);
  // Takes and answers now what the fault hold_enrollments kept waiting.
  void release();
  // Answers what waits, untaken, and holds nothing from now on.
  void stop();
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  struct Held;

  [[nodiscard]] Response take(const std::string& agent_id, const nlohmann::json& body);
  [[nodiscard]] Status keep_chains(const nlohmann::json& body);

  ResultStore& results_;
  Faults& faults_;
  const Clock& clock_;
  std::list<std::shared_ptr<Held>> held_;
  bool stopped_ = false;
};

}  // namespace certconnector::endpoint
