#include "agent/store/sqlite/ended_requests.h"

#include <vector>

#include "agent/jobs/lifecycle/ended_request.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kRequest[] = "SELECT record FROM request WHERE ticket = ?";
constexpr char kReplaceRequest[] = "UPDATE request SET record = ?2 WHERE ticket = ?1";
constexpr char kEndedOfDevices[] =
    "SELECT job.ticket FROM job JOIN origin ON origin.number = job.origin "
    "WHERE job.ticket > ? AND origin.source = ? AND finished IS NOT NULL "
    "ORDER BY job.ticket LIMIT 1000";

Result<std::vector<std::int64_t>> ended_after(Database& database, std::int64_t ticket) {
  std::vector<std::int64_t> tickets;
  Query query(database, kEndedOfDevices, ticket, core::JobSource::scep);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return tickets;
    tickets.push_back(query.integer(0));
  }
}

}  // namespace

Status forget_challenge(Database& database, std::int64_t ticket) {
  std::optional<JobRequest> request;
  {
    Query query(database, kRequest, ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (found) request = decode_request(query.blob(0));
  }
  if (!request || !jobs::forget_challenge(core::JobSource::scep, *request)) return {};
  const auto record = encode_request(*request);
  return record ? run(database, kReplaceRequest, ticket, *record) : Status();
}

Status forget_challenges(Database& database) {
  for (std::int64_t last = 0;;) {
    CC_TRY_ASSIGN(const auto tickets, ended_after(database, last));
    if (tickets.empty()) return {};
    for (const std::int64_t ticket : tickets) CC_TRY(forget_challenge(database, ticket));
    last = tickets.back();
  }
}

}  // namespace certconnector::store
