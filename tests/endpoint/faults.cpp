#include "tests/endpoint/faults.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

struct NumberField {
  const char* name;
  std::int64_t FaultPlan::*member;
  std::int64_t max;
};
constexpr std::array<NumberField, 13> kNumbers{
    {{"latency_ms", &FaultPlan::latency_ms, 600000},
     {"status_429_percent", &FaultPlan::status_429_percent, 100},
     {"status_503_percent", &FaultPlan::status_503_percent, 100},
     {"retry_after_seconds", &FaultPlan::retry_after_seconds, 86400},
     {"redirect_percent", &FaultPlan::redirect_percent, 100},
     {"reset_percent", &FaultPlan::reset_percent, 100},
     {"lose_ack_percent", &FaultPlan::lose_ack_percent, 100},
     {"truncate_percent", &FaultPlan::truncate_percent, 100},
     {"malformed_percent", &FaultPlan::malformed_percent, 100},
     {"duplicate_delivery_percent", &FaultPlan::duplicate_delivery_percent, 100},
     {"refuse_enrollments_percent", &FaultPlan::refuse_enrollments_percent, 100},
     {"refuse_challenges_percent", &FaultPlan::refuse_challenges_percent, 100},
     {"defer_challenges_percent", &FaultPlan::defer_challenges_percent, 100}}};

struct FlagField {
  const char* name;
  bool FaultPlan::*member;
};
constexpr std::array<FlagField, 4> kFlags{{{"huge_headers", &FaultPlan::huge_headers},
                                           {"endless_body", &FaultPlan::endless_body},
                                           {"drip", &FaultPlan::drip},
                                           {"hold_enrollments", &FaultPlan::hold_enrollments}}};

bool is_known(const std::string& name) {
  const auto named = [&](const auto& field) { return name == field.name; };
  return name == "paths" || name == "seed" ||
         std::any_of(kNumbers.begin(), kNumbers.end(), named) ||
         std::any_of(kFlags.begin(), kFlags.end(), named);
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

Result<FaultPlan> parse_faults(const json& object) {
  FaultPlan plan;
  Fields fields(object);
  if (fields.ok()) {
    // A misspelt fault would test nothing, silently.
    for (const auto& [name, value] : object.items()) {
      if (!is_known(name)) fields.complain(name, "is not a known fault");
    }
  }
  for (const NumberField& number : kNumbers) {
    plan.*number.member = fields.optional_integer(number.name, 0, number.max).value_or(0);
  }
  for (const FlagField& flag : kFlags) plan.*flag.member = fields.flag(flag.name);
  if (fields.ok() && object.contains("paths")) {
    plan.paths = fields.texts("paths", 16, 128, Alphabet::any);
  }
  plan.seed = fields.optional_integer("seed", 0, INT64_MAX);
  if (!fields.ok()) return Error(EndpointErrc::malformed, ErrorKind::permanent, fields.complaint());
  return plan;
}

json to_json(const FaultPlan& plan) {
  json object = json::object();
  for (const NumberField& number : kNumbers) object[number.name] = plan.*number.member;
  for (const FlagField& flag : kFlags) object[flag.name] = plan.*flag.member;
  object["paths"] = plan.paths;
  return object;
}

Faults::Faults() : dice_(std::random_device{}()) {}

void Faults::set(FaultPlan plan) {
  if (plan.seed) dice_.seed(static_cast<std::uint64_t>(*plan.seed));
  plan_ = std::move(plan);
}

bool Faults::applies_to(const std::string& path) const {
  return plan_.paths.empty() ||
         std::any_of(plan_.paths.begin(), plan_.paths.end(),
                     [&](const std::string& end) { return ends_with(path, end); });
}

bool Faults::roll(std::int64_t percent) {
  if (percent <= 0) return false;
  return std::uniform_int_distribution<std::int64_t>(0, 99)(dice_) < percent;
}

Cancel FaultInjector::handle(Request request, Respond respond) {
  if (!faults_.applies_to(request.path)) {
    return inner_.handle(std::move(request), std::move(respond));
  }
  if (faults_.plan().latency_ms > 0) return delay(std::move(request), std::move(respond));
  return pass_on(std::move(request), std::move(respond));
}

Cancel FaultInjector::delay(Request request, Respond respond) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(
      io_, std::chrono::milliseconds(faults_.plan().latency_ms));
  const auto cancel = std::make_shared<Cancel>();
  timer->async_wait([this, timer, cancel, request = std::move(request),
                     respond = std::move(respond)](boost::system::error_code ec) mutable {
    if (!ec) *cancel = pass_on(std::move(request), std::move(respond));
  });
  return [cancel] {
    if (*cancel) (*cancel)();
  };
}

Cancel FaultInjector::pass_on(Request request, Respond respond) {
  if (auto refusal = refuse()) {
    respond(std::move(*refusal));
    return {};
  }
  return inner_.handle(std::move(request), [this, respond = std::move(respond)](Response response) {
    spoil(response);
    respond(std::move(response));
  });
}

std::optional<Response> FaultInjector::refuse() {
  const FaultPlan& plan = faults_.plan();
  std::optional<std::chrono::seconds> wait;
  if (plan.retry_after_seconds > 0) wait = std::chrono::seconds(plan.retry_after_seconds);
  if (faults_.roll(plan.status_429_percent)) {
    return problem(429, "too_many_requests", "a fault on demand: too many requests", wait);
  }
  if (faults_.roll(plan.status_503_percent)) {
    return problem(503, "unavailable", "a fault on demand: not available now", wait);
  }
  if (faults_.roll(plan.redirect_percent)) {
    Response elsewhere;
    elsewhere.status = 307;
    elsewhere.content_type.clear();
    elsewhere.headers.emplace_back("Location", "https://127.0.0.1:1/elsewhere");
    return elsewhere;
  }
  if (faults_.roll(plan.reset_percent)) {
    Response reset;
    reset.delivery = Delivery::reset;
    return reset;
  }
  return std::nullopt;
}

void FaultInjector::spoil(Response& response) {
  const FaultPlan& plan = faults_.plan();
  if (faults_.roll(plan.lose_ack_percent)) {
    response.delivery = Delivery::reset;
  } else if (faults_.roll(plan.truncate_percent)) {
    response.delivery = Delivery::truncated;
  } else if (faults_.roll(plan.malformed_percent)) {
    response.body = response.body.substr(0, response.body.size() / 2) + "]]";
  } else if (plan.huge_headers) {
    response.delivery = Delivery::huge_headers;
  } else if (plan.endless_body) {
    response.delivery = Delivery::endless;
  } else if (plan.drip) {
    response.delivery = Delivery::drip;
  }
}

}  // namespace certconnector::endpoint
