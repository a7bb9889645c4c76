// A job as core sees it: types for every cloud. Values only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/general_name.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::core {

// SHA-256 of the CA certificate's DER, 64 lower-case hex digits: the identity of an issuing CA
// everywhere.
using CaFingerprint = std::string;

// The numbers of JobType, JobSource and JobState are on disk: a value keeps its number for ever,
// and a new one gets a new number (tests/agent/store/sqlite/numbers_on_disk_test.cpp).
enum class JobType { issue = 0, revoke = 1 };
enum class JobSource {
  management = 0,  // leased from the management endpoint
  local = 1,       // made by the agent itself: the revocation of what the endpoint did not take
  scep = 2         // a device's request by SCEP
};

// The identity of a job. The same id with another digest is a conflict, not the same job.
struct JobKey {
  JobSource source = JobSource::management;
  std::string instance;  // which endpoint or SCEP service it came from: its configured name
  std::string id;        // 1 to 128 of [A-Za-z0-9._:-]
  crypto::Sha256
      digest{};  // SHA-256 of the request's canonical form, made by the codec that read it
};

// Sixteen octets that stand for a job in front of a CA: the head of SHA-256 over the whole key.
using IdempotencyKey = std::array<std::uint8_t, 16>;
[[nodiscard]] IdempotencyKey idempotency_key(const JobKey& key);

// The content that the PKCS#10 must have. The agent compares only fields that are set.
struct ExpectedContent {
  std::optional<std::string> subject;                                 // RFC 4514
  std::optional<std::vector<crypto::GeneralName>> subject_alt_names;  // as a set
  std::optional<std::uint16_t> key_usage;                      // mask of common/crypto/pkcs10.h
  std::optional<std::vector<std::string>> extended_key_usage;  // dotted OIDs, as a set
  bool fewer_names = false;  // the request may leave some of the alternative names out
};

// The most that a certificate may hold, whatever the request leaves open and the template allows: a
// renewed certificate holds no more than the old one. A field that is not set is not bounded.
struct UsageBound {
  std::optional<std::uint16_t> key_usage;                      // mask of common/crypto/pkcs10.h
  std::optional<std::vector<std::string>> extended_key_usage;  // dotted OIDs
};

struct IssueRequest {
  std::string template_name;
  Bytes pkcs10;  // DER, not yet looked into
  // The proof of possession held when the agent took the request in, by the rules of where it came
  // from.
  bool proof_verified = false;
  ExpectedContent expected;
  UsageBound at_most;
  // Of a renewal: the old certificate's, DER, which a CA of ours takes over octet for octet where
  // it can. Empty: the request's own.
  Bytes renewed_subject;
  std::optional<std::string> sid;                // "S-1-5-..." for strong mapping
  std::optional<std::chrono::seconds> validity;  // requested; can only shorten
};

// CRLReason, RFC 5280 section 5.3.1.
enum class RevocationReason : std::uint8_t {
  unspecified = 0,
  key_compromise = 1,
  ca_compromise = 2,
  affiliation_changed = 3,
  superseded = 4,
  cessation_of_operation = 5,
  certificate_hold = 6,
  remove_from_crl = 8,  // lifts a hold, and nothing else
  privilege_withdrawn = 9,
  aa_compromise = 10
};
[[nodiscard]] std::optional<RevocationReason> revocation_reason(
    std::int64_t value);  // refuses 7 and unknown ones
[[nodiscard]] std::string_view to_string(
    RevocationReason reason);  // RFC 5280's names: "keyCompromise"

struct RevokeRequest {
  // Either the serial (big-endian magnitude, no leading zero, 1 to 20 octets) or a thumbprint is
  // set.
  Bytes serial;
  Bytes thumbprint;                   // SHA-1 (20) or SHA-256 (32)
  std::optional<std::string> issuer;  // RFC 4514; when set, it must be the CA's subject
  RevocationReason reason = RevocationReason::unspecified;
  std::optional<Timestamp> invalidity_date;  // RFC 5280 section 5.3.2
};

struct Job {
  JobKey key;
  CaFingerprint ca;
  std::variant<IssueRequest, RevokeRequest> request;
  std::optional<Timestamp> deadline;  // after it the job is dead
  int priority = 0;  // -100 to 100, higher first; every revocation goes before every issue
  std::string correlation_id;  // at most 128 characters, may be empty

  [[nodiscard]] JobType type() const {
    return std::holds_alternative<IssueRequest>(request) ? JobType::issue : JobType::revoke;
  }
};

// The right to work on a job, given by the endpoint for a time. `number` rises with every lease of
// the job.
struct Lease {
  std::uint64_t number = 0;
  Timestamp until;  // in Clock::now() time
};

struct IssuedCertificate {
  Bytes certificate;  // DER
  Bytes serial;       // big-endian magnitude
  Timestamp not_before;
  Timestamp not_after;
};

// How a job ended.
struct Issued {
  IssuedCertificate certificate;
  std::string note;  // for a person: "asked for 730 days, the template allows 365"; may be empty
};
struct Revoked {
  Timestamp at;          // of the revocation that stands, also when it was revoked before
  bool already = false;  // it was revoked before this job
};
struct Failed {
  std::string code;          // stable snake_case, listed in agent/core/failure_codes.h
  std::int32_t hresult = 0;  // what AD CS or NDES would say, for people who know those
  std::string message;       // says which field and what to do
};
using Outcome = std::variant<Issued, Revoked, Failed>;

enum class JobState {
  queued = 0,     // due at its time
  running = 1,    // claimed by a runner; the intent to call the CA is recorded
  waiting = 2,    // pending at the CA, or for approval by a person
  held = 3,       // for a person to decide: in doubt at a CA that cannot be asked
  succeeded = 4,  // outcome known, not yet reported
  failed = 5,
  dead = 6,      // deadline or attempts used up, not yet reported
  canceled = 7,  // by a person, or the lease was lost; nothing to report when the lease was lost
  reported = 8   // the endpoint has acknowledged the outcome: final
};
[[nodiscard]] std::string_view to_string(JobState state);
[[nodiscard]] std::optional<JobState> job_state(std::string_view name);
[[nodiscard]] std::string_view to_string(JobType type);
[[nodiscard]] std::string_view to_string(JobSource source);

}  // namespace certconnector::core
