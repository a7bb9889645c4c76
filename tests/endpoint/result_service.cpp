#include "tests/endpoint/result_service.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/endpoint/digest.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/own_ca.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxCertificate = std::size_t{64} * 1024;
constexpr std::size_t kMaxText = std::size_t{16} * 1024;
// Octets, of which a character has up to four.
constexpr std::size_t kMaxEnrollmentText = std::size_t{4} * 256;
constexpr std::size_t kMaxSubject = std::size_t{4} * 1024;
constexpr std::array<std::string_view, 5> kStatuses{"issued", "revoked", "failed", "dead",
                                                    "canceled"};

std::string plain_hex(std::string hex) {
  std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return hex;
}

std::string without_zeros(const std::string& hex) {
  return hex.substr(std::min(hex.find_first_not_of('0'), hex.size()));
}

// The certificate must be one, and be the one that the other members tell of.
void read_issued(Fields& fields, ReportedResult& result) {
  const Bytes der = fields.base64("certificate", kMaxCertificate);
  const auto serial = fields.optional_text("serial", 64, Alphabet::hex);
  const auto sha256 = fields.optional_text("sha256", 64, Alphabet::hex);
  if (!fields.ok()) return;
  const auto facts = read_certificate(der);
  if (!facts) return fields.complain("certificate", "is not a DER certificate");
  result.serial = facts->serial;
  if (serial && without_zeros(plain_hex(*serial)) != without_zeros(facts->serial)) {
    fields.complain("serial", "is not that of the certificate");
  }
  if (sha256 && plain_hex(*sha256) != facts->sha256) {
    fields.complain("sha256", "is not that of the certificate");
  }
}

// A verdict names its result by these two.
bool can_be_named(const json& item) {
  Fields fields(item);
  static_cast<void>(fields.text("id", 1, 128, Alphabet::identifier));
  static_cast<void>(fields.text("digest", 64, 64, Alphabet::hex));
  return fields.ok();
}

// Its errors become a complaint about the item.
ReportedEnrollment read_enrollment(const json& object, Fields& item) {
  Fields fields(object);
  ReportedEnrollment enrollment;
  enrollment.service = fields.text("service", 1, kMaxEnrollmentText);
  enrollment.transaction_id = fields.text("transaction_id", 0, kMaxEnrollmentText);
  enrollment.public_key_sha256 = fields.text("public_key_sha256", 64, 64, Alphabet::hex);
  enrollment.challenge = fields.optional_text("challenge_id", 512).value_or("");
  enrollment.device = fields.optional_text("device", kMaxEnrollmentText).value_or("");
  enrollment.subject = fields.optional_text("subject", kMaxSubject).value_or("");
  const auto requested = fields.optional_time("requested_at");
  if (!requested) fields.complain("requested_at", "is missing");
  enrollment.requested_at = requested.value_or(Timestamp());
  if (!fields.ok()) item.complain("enrollment", "is wrong: " + fields.complaint());
  return enrollment;
}

ReportedResult read_result(const json& item) {
  Fields fields(item);
  ReportedResult result;
  result.id = fields.text("id", 1, 128, Alphabet::identifier);
  result.digest = plain_hex(fields.text("digest", 64, 64, Alphabet::hex));
  const auto enrollment = item.find("enrollment");
  if (enrollment == item.end()) {
    result.lease_number = fields.integer("lease_number", 1, INT64_MAX);
  } else if (fields.optional_integer("lease_number", 1, INT64_MAX)) {
    fields.complain("lease_number", "does not go with an enrollment");
  }
  result.type = fields.text("type", 1, 32, Alphabet::identifier);
  result.ca = plain_hex(fields.optional_text("ca", 64, Alphabet::hex).value_or(""));
  result.status = fields.text("status", 1, 16, Alphabet::identifier);
  static_cast<void>(fields.integer("attempts", 0, INT32_MAX));
  static_cast<void>(fields.optional_time("finished_at"));
  static_cast<void>(fields.optional_text("message", kMaxText));
  static_cast<void>(fields.optional_text("note", kMaxText));
  if (std::find(kStatuses.begin(), kStatuses.end(), result.status) == kStatuses.end()) {
    fields.complain("status", "is not one of issued, revoked, failed, dead, canceled");
  }
  if (result.status == "issued") read_issued(fields, result);
  if (result.status == "revoked" && !fields.optional_time("revoked_at")) {
    fields.complain("revoked_at", "is missing");
  }
  result.code = fields.optional_text("code", 64).value_or("");
  if (result.status == "failed" && result.code.empty()) fields.complain("code", "is missing");
  if (enrollment != item.end()) {
    result.enrollment = read_enrollment(*enrollment, fields);
    if (result.type != "issue") fields.complain("type", "is not that of an enrollment");
    if (result.status == "revoked") fields.complain("status", "is not one of an enrollment");
  }
  result.defect = fields.complaint();
  result.body = dump_json(item);
  return result;
}

bool has_enrollment(const json& body) {
  const auto items = body.is_object() ? body.find("results") : body.end();
  return items != body.end() && items->is_array() &&
         std::any_of(items->begin(), items->end(), [](const json& item) {
           return item.is_object() && item.contains("enrollment");
         });
}

Response not_taken() { return problem(503, "unavailable", "the results were not looked at"); }

json verdict_json(const ReportedResult& result, const Verdict& verdict) {
  json out{{"id", result.id}, {"digest", result.digest}, {"status", verdict.status}};
  if (!verdict.note.empty()) out["note"] = verdict.note;
  return out;
}

}  // namespace

struct ResultService::Held {
  std::string agent_id;
  json body;
  Respond respond;
};

ResultService::ResultService(ResultStore& results, Faults& faults, const Clock& clock)
    : results_(results), faults_(faults), clock_(clock) {}

ResultService::~ResultService() = default;

Cancel ResultService::submit(const std::string& agent_id, const json& body, Respond respond) {
  if (stopped_ || !faults_.plan().hold_enrollments || !has_enrollment(body)) {
    respond(take(agent_id, body));
    return {};
  }
  const auto held = std::make_shared<Held>(Held{agent_id, body, std::move(respond)});
  held_.push_back(held);
  return [this, weak = std::weak_ptr<Held>(held)] {
    const auto waiting = weak.lock();
    if (!waiting) return;
    held_.remove(waiting);
    waiting->respond(not_taken());
  };
}

void ResultService::release() {
  const auto waiting = std::exchange(held_, {});
  for (const auto& held : waiting) held->respond(take(held->agent_id, held->body));
}

void ResultService::stop() {
  stopped_ = true;
  const auto waiting = std::exchange(held_, {});
  for (const auto& held : waiting) held->respond(not_taken());
}

Response ResultService::take(const std::string& agent_id, const json& body) {
  Fields fields(body);
  const json* items = fields.array("results", 500);
  if (fields.ok() && !std::all_of(items->begin(), items->end(), can_be_named)) {
    fields.complain("results", "has an entry without a usable id and digest");
  }
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  std::vector<ReportedResult> results;
  results.reserve(items->size());
  for (const json& item : *items) {
    results.push_back(read_result(item));
    auto& enrollment = results.back().enrollment;
    if (enrollment) enrollment->refuse = faults_.roll(faults_.plan().refuse_enrollments_percent);
  }
  if (const Status kept = keep_chains(body); !kept) {
    return problem(503, "storage", kept.error().message());
  }
  const auto verdicts = results_.submit(agent_id, results, clock_.now());
  if (!verdicts) return problem(503, "storage", verdicts.error().message());
  json answers = json::array();
  for (std::size_t i = 0; i < verdicts->size(); ++i) {
    answers.push_back(verdict_json(results[i], (*verdicts)[i]));
  }
  return json_response(dump_json({{"results", std::move(answers)}}));
}

Status ResultService::keep_chains(const json& body) {
  const auto chains = body.find("chains");
  if (chains == body.end() || !chains->is_object() || chains->size() > 100) return {};
  for (const auto& [ca, certificates] : chains->items()) {
    if (ca.size() != 64 || !matches(ca, Alphabet::hex) || !certificates.is_array()) continue;
    CC_TRY(results_.keep_chain(plain_hex(ca), dump_json(certificates)));
  }
  return {};
}

}  // namespace certconnector::endpoint
