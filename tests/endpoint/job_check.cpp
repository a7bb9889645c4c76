#include "tests/endpoint/job_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/endpoint/digest.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;
using Names = std::initializer_list<std::string_view>;

constexpr std::int64_t kLongestValidity = 100LL * 366 * 86400;

Error bad_job(const std::string& id, const std::string& why) {
  return {EndpointErrc::malformed, ErrorKind::permanent,
          "job " + (id.empty() ? "without an id" : id) + ": " + why};
}

void only_known(const json& object, Names names, Fields& fields) {
  if (!object.is_object()) return;
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      fields.complain(name, "is not part of a job");
    }
  }
}

// Checks `part` by `check` and carries its complaint over to `fields`.
template <typename Check>
void inside(const json& object, const char* part, Fields& fields, Check check) {
  const auto at = object.find(part);
  if (at == object.end()) return fields.complain(part, "is missing");
  Fields inner(*at);
  check(*at, inner);
  if (!inner.ok()) fields.complain(part, "is wrong: " + inner.complaint());
}

bool is_sid(const std::string& sid) {
  if (sid.rfind("S-1-", 0) != 0 || sid.back() == '-') return false;
  int dashes = 0;
  for (std::size_t i = 4; i < sid.size(); ++i) {
    if (sid[i] == '-' && sid[i - 1] == '-') return false;
    if (sid[i] == '-') ++dashes;
    if (sid[i] != '-' && (sid[i] < '0' || sid[i] > '9')) return false;
  }
  return dashes >= 1 && dashes <= 14;
}

void check_names(Fields& expected) {
  const json* names = expected.array("subject_alt_names", 100);
  if (names == nullptr) return;
  constexpr std::string_view kKinds[] = {"dns", "email", "uri", "ip", "upn", "directory"};
  for (const json& item : *names) {
    Fields name(item);
    only_known(item, {"type", "value"}, name);
    const std::string kind = name.text("type", 1, 16);
    static_cast<void>(name.text("value", 1, 2048));
    if (std::find(std::begin(kKinds), std::end(kKinds), kind) == std::end(kKinds)) {
      name.complain("type", "is not a kind of name");
    }
    if (!name.ok()) expected.complain("subject_alt_names", "is wrong: " + name.complaint());
  }
}

void check_expected(const json& object, Fields& expected) {
  only_known(object, {"subject", "subject_alt_names", "key_usage", "extended_key_usage"}, expected);
  static_cast<void>(expected.optional_text("subject", 4096));
  if (object.contains("subject_alt_names")) check_names(expected);
  if (object.contains("key_usage")) {
    static_cast<void>(expected.texts("key_usage", 9, 32, Alphabet::identifier));
  }
  if (object.contains("extended_key_usage")) {
    static_cast<void>(expected.texts("extended_key_usage", 50, 128, Alphabet::identifier));
  }
}

void check_issue(const json& object, Fields& issue) {
  only_known(object, {"template", "pkcs10", "expected", "sid", "validity_seconds"}, issue);
  static_cast<void>(issue.text("template", 1, 64, Alphabet::identifier));
  static_cast<void>(issue.base64("pkcs10", kMaxJobPkcs10));
  static_cast<void>(issue.optional_integer("validity_seconds", 1, kLongestValidity));
  const auto sid = issue.optional_text("sid", 184);
  if (sid && !is_sid(*sid)) issue.complain("sid", "is not a security identifier (S-1-...)");
  if (issue.ok() && object.contains("expected")) inside(object, "expected", issue, check_expected);
}

void check_revoke(const json& object, Fields& revoke) {
  only_known(object, {"serial", "issuer", "thumbprint", "reason", "invalidity_date"}, revoke);
  const auto serial = revoke.optional_text("serial", 42, Alphabet::hex);
  const auto thumbprint = revoke.optional_text("thumbprint", 64, Alphabet::hex);
  const std::int64_t reason = revoke.integer("reason", 0, 10);
  static_cast<void>(revoke.optional_text("issuer", 4096));
  static_cast<void>(revoke.optional_time("invalidity_date"));
  if (reason == 7) revoke.complain("reason", "7 is not used (RFC 5280 section 5.3.1)");
  if (serial.has_value() == thumbprint.has_value()) {
    revoke.complain("serial", "or thumbprint must be there, and only one of them");
  }
  if (serial && (serial->empty() || serial->size() % 2 != 0)) {
    revoke.complain("serial", "must have an even number of hex digits");
  }
  if (thumbprint && thumbprint->size() != 40 && thumbprint->size() != 64) {
    revoke.complain("thumbprint", "must have 40 or 64 hex digits");
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

NewJob finish(const json& job, NewJob out) {
  out.body = dump_json(job);
  out.digest = sha256_hex(out.body);
  return out;
}

void give_id(json& job) {
  if (job.is_object() && !job.contains("id")) job["id"] = random_uuid();
}

}  // namespace

Result<NewJob> check_job(json job) {
  give_id(job);
  Fields fields(job);
  only_known(job, {"id", "type", "ca", "correlation_id", "priority", "deadline", "issue", "revoke"},
             fields);
  NewJob out;
  out.id = fields.text("id", 1, 128, Alphabet::identifier);
  out.type = fields.text("type", 1, 16, Alphabet::identifier);
  out.ca = lower(fields.text("ca", 64, 64, Alphabet::hex));
  out.priority = fields.optional_integer("priority", -100, 100).value_or(0);
  static_cast<void>(fields.optional_text("correlation_id", 128));
  static_cast<void>(fields.optional_time("deadline"));
  if (fields.ok() && out.type == "issue") inside(job, "issue", fields, check_issue);
  if (fields.ok() && out.type == "revoke") inside(job, "revoke", fields, check_revoke);
  if (fields.ok() && out.type != "issue" && out.type != "revoke") {
    fields.complain("type", "must be issue or revoke");
  }
  if (fields.ok() && job.contains(out.type == "issue" ? "revoke" : "issue")) {
    fields.complain("type", "does not go with what the job holds");
  }
  if (!fields.ok()) return bad_job(out.id, fields.complaint());
  job["ca"] = out.ca;
  return finish(job, std::move(out));
}

Result<NewJob> take_unchecked_job(json job, const JobRoute& deliver) {
  give_id(job);
  Fields fields(job);
  NewJob out;
  out.id = fields.text("id", 1, 1024);
  out.type = deliver.type;
  out.ca = lower(deliver.ca);
  if (!fields.ok()) return bad_job(out.id, fields.complaint());
  out.body = dump_json(job);
  return out;
}

Result<NewJob> take_raw_job(const json& job) {
  Fields fields(job);
  NewJob out;
  out.id = fields.text("id", 1, 128, Alphabet::identifier);
  out.type = fields.text("type", 1, 16, Alphabet::identifier);
  out.ca = lower(fields.text("ca", 64, 64, Alphabet::hex));
  out.body = fields.text("text", 2, std::size_t{4} * 1024 * 1024);
  if (fields.ok() && out.body.back() != '}') fields.complain("text", "must end with '}'");
  if (!fields.ok()) return bad_job(out.id, fields.complaint());
  return out;
}

}  // namespace certconnector::endpoint
