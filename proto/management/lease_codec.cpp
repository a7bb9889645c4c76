#include <nlohmann/json.hpp>

#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/json/split.h"
#include "proto/management/codec.h"
#include "proto/management/job_reader.h"
#include "proto/management/object_writer.h"

namespace certconnector::management {
namespace {

// The parts of the envelope of a lease answer, still as text.
struct Parts {
  std::string_view server_time;
  std::string_view jobs;
};

Error bad_answer(json::JsonErrc errc, const std::string& what) {
  return {errc, ErrorKind::permanent, "lease answer: " + what};
}

Result<Parts> take_apart(std::string_view body) {
  auto members = json::split_object(body);
  if (!members) return Error(members.error()).with_context("lease answer");
  Parts parts;
  for (const auto& [name, value] : *members) {
    std::string_view* part = name == "server_time" ? &parts.server_time
                             : name == "jobs"      ? &parts.jobs
                                                   : nullptr;
    if (part == nullptr) {
      auto unknown = json::parse(value);
      if (!unknown) return Error(unknown.error()).with_context("lease answer");
    } else if (!part->empty()) {
      return bad_answer(json::JsonErrc::repeated_key, "the text has a key twice in one object");
    } else {
      *part = value;
    }
  }
  if (parts.server_time.empty()) {
    return bad_answer(json::JsonErrc::bad_field, "server_time: is missing");
  }
  if (parts.jobs.empty()) return bad_answer(json::JsonErrc::bad_field, "jobs: is missing");
  return parts;
}

Result<Timestamp> read_server_time(std::string_view text) {
  auto value = json::parse(text);
  if (!value) return Error(value.error()).with_context("lease answer");
  json::Problems problems;
  const nlohmann::json object = {{"server_time", std::move(*value)}};
  json::ObjectReader reader(object, problems);
  const auto time = reader.required("server_time").time();
  CC_TRY(problems.status("lease answer"));
  return *time;
}

std::string encode_claims(const std::vector<LeaseClaim>& leases) {
  std::string items = "[";
  for (const LeaseClaim& lease : leases) {
    ObjectWriter item(128);
    item.text("id", lease.id);
    // No lease number that the codec lets in is larger than the signed range.
    item.number("number", static_cast<std::int64_t>(lease.number));
    if (items.size() > 1) items += ',';
    items += std::move(item).take();
  }
  return items + "]";
}

LeaseStanding read_standing(json::ObjectReader reader, const LeaseClaim& asked,
                            json::Problems& problems) {
  LeaseStanding standing;
  const auto id = reader.required("id");
  const auto number = reader.required("number");
  standing.id = id.text(json::kId).value_or("");
  standing.number = static_cast<std::uint64_t>(number.integer(1, INT64_MAX).value_or(0));
  standing.held =
      reader.required("status").choice<bool>({{"held", true}, {"lost", false}}).value_or(false);
  const auto expires = reader.optional("expires_at");
  standing.expires_at = expires.time();
  if (standing.held && !expires.present()) expires.problem("is missing, though the lease is held");
  if (problems.empty() && (standing.id != asked.id || standing.number != asked.number)) {
    id.problem("is not the lease that was asked about");
  }
  return standing;
}

}  // namespace

std::string encode_lease_request(const LeaseRequest& request) {
  auto types = nlohmann::json::array();
  if (request.issue) types.push_back("issue");
  if (request.revoke) types.push_back("revoke");
  return json::dump({{"request_id", request.request_id},
                     {"max_jobs", request.max_jobs},
                     {"wait_seconds", request.wait.count()},
                     {"lease_seconds", request.lease.count()},
                     {"authorities", request.cas},
                     {"types", std::move(types)}});
}

Result<LeaseAnswer> decode_lease_answer(std::string_view body) {
  if (body.size() > kMaxAnswerSize) {
    return bad_answer(json::JsonErrc::too_large, "it is larger than 16 MiB");
  }
  CC_TRY_ASSIGN(const Parts parts, take_apart(body));
  LeaseAnswer answer;
  CC_TRY_ASSIGN(answer.server_time, read_server_time(parts.server_time));
  auto texts = json::split_array(parts.jobs);
  if (!texts) return Error(texts.error()).with_context("lease answer: jobs");
  if (texts->size() > kMaxJobs) {
    return bad_answer(json::JsonErrc::bad_field,
                      "jobs: has " + std::to_string(texts->size()) + " items, the limit is 500");
  }
  answer.jobs.reserve(texts->size());
  for (std::size_t i = 0; i < texts->size(); ++i) {
    auto job = read_job((*texts)[i], i, answer.server_time);
    if (auto* leased = std::get_if<LeasedJob>(&job)) {
      answer.jobs.push_back(std::move(*leased));
    } else {
      ++answer.unreadable;
    }
  }
  return answer;
}

std::string encode_acknowledge_request(const std::vector<LeaseClaim>& leases) {
  return "{\"leases\":" + encode_claims(leases) + "}";
}

std::string encode_extend_request(const std::vector<LeaseClaim>& leases,
                                  std::chrono::seconds lease) {
  ObjectWriter request(128 * (leases.size() + 1));
  request.number("lease_seconds", lease.count());
  request.json("leases", encode_claims(leases));
  return std::move(request).take();
}

Result<std::vector<LeaseStanding>> decode_leases_answer(std::string_view body,
                                                        const std::vector<LeaseClaim>& asked) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(body));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  std::vector<LeaseStanding> standings;
  const auto items = reader.required("leases").array(asked.size(), asked.size());
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    auto item = (*items)[i].object();
    if (item) standings.push_back(read_standing(std::move(*item), asked[i], problems));
  }
  if (!problems.empty()) {
    return Error(ManagementErrc::not_what_was_asked, ErrorKind::permanent,
                 "leases answer: " + problems.text());
  }
  return standings;
}

}  // namespace certconnector::management
