// Faults on demand, for the management interface only; the administrator's always answers.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "tests/endpoint/http_message.h"

namespace boost::asio {
class io_context;
}

namespace certconnector::endpoint {

// Percentages are chances for each request. Everything off by default.
struct FaultPlan {
  std::int64_t latency_ms = 0;
  std::int64_t status_429_percent = 0;
  std::int64_t status_503_percent = 0;
  std::int64_t retry_after_seconds = 0;  // 0: no Retry-After field
  std::int64_t redirect_percent = 0;
  std::int64_t reset_percent = 0;     // before the request is looked at
  std::int64_t lose_ack_percent = 0;  // the request is carried out, its answer is dropped
  std::int64_t truncate_percent = 0;
  std::int64_t malformed_percent = 0;
  std::int64_t duplicate_delivery_percent = 0;
  bool huge_headers = false;
  bool endless_body = false;
  bool drip = false;
  // The result service applies these to reported enrollments: it refuses each with this
  // probability, and it holds every request that has one until `hold_enrollments` is off again.
  std::int64_t refuse_enrollments_percent = 0;
  bool hold_enrollments = false;
  // For questions about challenges: the probability of "refused" and of "not now".
  std::int64_t refuse_challenges_percent = 0;
  std::int64_t defer_challenges_percent = 0;
  std::vector<std::string>
      paths;  // ends of request paths, such as "/jobs/results"; none: every path
  std::optional<std::int64_t> seed;
};

[[nodiscard]] Result<FaultPlan> parse_faults(const nlohmann::json& object);
[[nodiscard]] nlohmann::json to_json(const FaultPlan& plan);

// The plan in force and its dice. One thread.
class Faults {
 public:
  Faults();
  void set(FaultPlan plan);
  [[nodiscard]] const FaultPlan& plan() const { return plan_; }
  [[nodiscard]] bool applies_to(const std::string& path) const;
  [[nodiscard]] bool roll(std::int64_t percent);

 private:
  FaultPlan plan_;
  std::mt19937_64 dice_;
};

// Stands in front of a handler and spoils what the plan says.
class FaultInjector final : public Handler {
 public:
  FaultInjector(boost::asio::io_context& io, Handler& inner, Faults& faults)
      : io_(io), inner_(inner), faults_(faults) {}
  [[nodiscard]] Cancel handle(Request request, Respond respond) override;

 private:
  Cancel delay(Request request, Respond respond);
  Cancel pass_on(Request request, Respond respond);
  std::optional<Response> refuse();
  void spoil(Response& response);

  boost::asio::io_context& io_;
  Handler& inner_;
  Faults& faults_;
};

}  // namespace certconnector::endpoint
