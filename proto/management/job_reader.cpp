#include "proto/management/job_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/json/split.h"
#include "proto/management/expected_content.h"
#include "proto/management/job_digest.h"

namespace certconnector::management {
namespace {

using json::ArrayReader;
using json::Field;
using json::ObjectReader;
using json::Path;
using json::Problems;
using json::TextRule;

// Codes of agent/core/failure_codes.h.
constexpr std::string_view kBadJob = "bad_job";
constexpr std::string_view kUnknownType = "unknown_type";
constexpr std::string_view kBadReason = "bad_reason";
constexpr std::int64_t kMaxLeaseNumber = INT64_MAX;
constexpr std::int64_t kMaxValidity = std::int64_t{100} * 366 * 24 * 3600;  // seconds
constexpr TextRule kCorrelation = {0, 128};
constexpr std::size_t kMaxSerial = 21;  // 20 octets and the leading zero that some tools write

IssueRequest read_issue(const Field& field) {
  IssueRequest request;
  auto reader = field.object();
  if (!reader) return request;
  request.template_name = reader->required("template").text(kTemplate).value_or("");
  request.pkcs10 = reader->required("pkcs10").base64(1, kMaxPkcs10).value_or(Bytes{});
  request.expected = read_expected(reader->optional("expected"));
  request.sid = read_sid(reader->optional("sid"));
  const auto validity = reader->optional("validity_seconds").integer(1, kMaxValidity);
  if (validity) request.validity = std::chrono::seconds(*validity);
  reader->refuse_others();
  return request;
}

Bytes read_serial(const Field& field) {
  Bytes serial = field.hex(1, kMaxSerial).value_or(Bytes{});
  if (serial.empty()) return serial;
  const auto first =
      std::find_if(serial.begin(), serial.end(), [](auto octet) { return octet != 0; });
  serial.erase(serial.begin(), first);
  if (serial.empty()) field.problem("is zero, which no certificate has (RFC 5280 section 4.1.2.2)");
  if (serial.size() > 20) field.problem("is longer than 20 octets (RFC 5280 section 4.1.2.2)");
  return serial;
}

std::optional<std::uint8_t> read_reason(const Field& field) {
  const auto reason = field.integer(0, 10);
  if (!reason) return std::nullopt;
  if (*reason == 7) {
    field.problem("7 is not in use (RFC 5280 section 5.3.1)");
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(*reason);
}

RevokeRequest read_revoke(const Field& field, std::string_view& code) {
  RevokeRequest request;
  auto reader = field.object();
  if (!reader) return request;
  const Field serial = reader->optional("serial");
  const Field thumbprint = reader->optional("thumbprint");
  if (serial.present() == thumbprint.present()) {
    field.problem("must name the certificate by either `serial` or `thumbprint`");
  }
  request.serial = read_serial(serial);
  request.thumbprint = thumbprint.hex(20, 32).value_or(Bytes{});
  if (request.thumbprint.size() > 20 && request.thumbprint.size() < 32) {
    thumbprint.problem("is neither a SHA-1 (20 octets) nor a SHA-256 (32 octets)");
  }
  request.issuer = reader->optional("issuer").text(kDistinguishedName);
  const auto reason = read_reason(reader->required("reason"));
  if (!reason) code = kBadReason;
  request.reason = reason.value_or(0);
  request.invalidity_date = reader->optional("invalidity_date").time();
  reader->refuse_others();
  return request;
}

// The fields that a report on a job needs, even when the rest of the job is malformed.
struct Envelope {
  std::optional<std::string> id;
  std::optional<JobType> type;
  std::optional<std::string> ca;
  std::optional<std::string> correlation_id;
  std::optional<std::uint64_t> lease_number;
  std::optional<Timestamp> lease_end;
};

void read_lease(const Field& field, Envelope& envelope) {
  auto reader = field.object();
  if (!reader) return;
  const auto number = reader->required("number").integer(1, kMaxLeaseNumber);
  if (number) envelope.lease_number = static_cast<std::uint64_t>(*number);
  envelope.lease_end = reader->required("expires_at").time();
}

Envelope read_envelope(ObjectReader& reader) {
  Envelope envelope;
  envelope.id = reader.required("id").text(json::kId);
  envelope.type = reader.required("type").choice<JobType>(
      {{"issue", JobType::issue}, {"revoke", JobType::revoke}});
  envelope.ca = reader.required("ca").fingerprint(32);
  envelope.correlation_id = reader.optional("correlation_id").text(kCorrelation);
  read_lease(reader.required("lease"), envelope);
  return envelope;
}

// The readable part of a job that is not strict JSON: members that are there once and parse by
// themselves.
Envelope salvage_envelope(std::string_view text) {
  auto members = json::split_object(text);
  if (!members) return {};
  nlohmann::json kept = nlohmann::json::object();
  for (const std::string_view name : {"id", "type", "ca", "correlation_id", "lease"}) {
    const auto is_it = [name](const json::Member& member) { return member.name == name; };
    if (std::count_if(members->begin(), members->end(), is_it) != 1) continue;
    const auto member = std::find_if(members->begin(), members->end(), is_it);
    auto value = json::parse(member->value);
    if (value) kept.emplace(name, std::move(*value));
  }
  Problems ignored;
  ObjectReader reader(kept, ignored);
  return read_envelope(reader);
}

std::variant<LeasedJob, UnreadableJob> make_job(Envelope envelope, Timestamp server_time) {
  if (!envelope.id || !envelope.lease_number) return UnreadableJob{};
  LeasedJob leased;
  leased.job.id = std::move(*envelope.id);
  leased.job.ca = envelope.ca.value_or("");
  leased.job.correlation_id = envelope.correlation_id.value_or("");
  leased.job.lease = {*envelope.lease_number, envelope.lease_end.value_or(server_time)};
  if (envelope.type == JobType::revoke) leased.job.request = RevokeRequest{};
  return leased;
}

std::string place(std::size_t index) { return "jobs[" + std::to_string(index) + "]"; }

std::variant<LeasedJob, UnreadableJob> reject_text(std::string_view text, std::size_t index,
                                                   Timestamp server_time, const Error& error) {
  auto job = make_job(salvage_envelope(text), server_time);
  if (auto* leased = std::get_if<LeasedJob>(&job)) {
    // There is no canonical form of what is not JSON.
    leased->job.digest = crypto::sha256(as_bytes(text));
    leased->rejection = InvalidJob{std::string(kBadJob), place(index) + ": " + error.message()};
  }
  return job;
}

void read_request(ObjectReader& reader, Job& job, std::string_view& code) {
  job.priority = static_cast<int>(reader.optional("priority").integer(-100, 100).value_or(0));
  job.deadline = reader.optional("deadline").time();
  if (std::holds_alternative<RevokeRequest>(job.request)) {
    job.request = read_revoke(reader.required("revoke"), code);
  } else {
    job.request = read_issue(reader.required("issue"));
  }
  reader.refuse_others();
}

}  // namespace

crypto::Sha256 job_digest(const nlohmann::json& job) {
  return crypto::sha256(as_bytes(json::canonical(job, "lease")));
}

std::variant<LeasedJob, UnreadableJob> read_job(std::string_view text, std::size_t index,
                                                Timestamp server_time) {
  const auto value = json::parse(text);
  if (!value) return reject_text(text, index, server_time, value.error());

  Problems problems;
  const Path jobs{nullptr, "jobs", 0};
  ObjectReader reader(*value, problems, Path{&jobs, {}, index});
  Envelope envelope = read_envelope(reader);
  const bool type_known = envelope.type.has_value();
  auto job = make_job(std::move(envelope), server_time);
  if (auto* leased = std::get_if<LeasedJob>(&job)) {
    leased->job.digest = job_digest(*value);
    // Without a type every other member would be called unknown, which would hide what is wrong.
    std::string_view code = type_known ? kBadJob : kUnknownType;
    if (type_known) read_request(reader, leased->job, code);
    if (!problems.empty()) leased->rejection = InvalidJob{std::string(code), problems.text()};
  }
  return job;
}

}  // namespace certconnector::management
