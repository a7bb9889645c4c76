// The messages between the agent and a management endpoint, as openapi.yaml in this folder defines
// them. Values only. Times are of the endpoint's clock: compare them with LeaseAnswer::server_time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/general_name.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::management {

inline constexpr std::size_t kMaxRequestSize = std::size_t{4} * 1024 * 1024;  // octets of a body
inline constexpr std::size_t kMaxAnswerSize = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaxJobs = 500;     // of one lease
inline constexpr std::size_t kMaxResults = 500;  // of one report
inline constexpr std::size_t kMaxPkcs10 = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxCertificate = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxChain = 10;                                 // certificates
inline constexpr std::size_t kMaxChallengeAnswer = std::size_t{512} * 1024;  // octets
inline constexpr std::chrono::hours kLongestChallenge{24 * 366};

struct EnrollRequest {
  std::string token_secret;  // a secret
  Bytes pkcs10;              // DER
  std::string agent_name;    // what people call this agent; may be empty
  std::string version;
};
struct EnrollAnswer {
  std::string agent_id;
  std::vector<Bytes> certificates;  // DER, the agent's own first, then its chain
};

struct LeaseRequest {
  std::string request_id;  // a UUID; the same one again gives the same jobs
  std::size_t max_jobs = 100;
  std::chrono::seconds wait{30};
  std::chrono::seconds lease{300};
  std::vector<std::string> cas;  // SHA-256 of CA certificates, lower-case hex
  bool issue = true;
  bool revoke = true;
};

struct ExpectedContent {
  std::optional<std::string> subject;  // RFC 4514
  std::optional<std::vector<crypto::GeneralName>> subject_alt_names;
  std::optional<std::uint16_t> key_usage;                      // mask of common/crypto/pkcs10.h
  std::optional<std::vector<std::string>> extended_key_usage;  // dotted OIDs
};
struct IssueRequest {
  std::string template_name;
  Bytes pkcs10;  // DER by its claim; not looked into
  ExpectedContent expected;
  std::optional<std::string> sid;
  std::optional<std::chrono::seconds> validity;
};
struct RevokeRequest {
  Bytes serial;                       // magnitude without leading zeros; empty: by thumbprint
  Bytes thumbprint;                   // SHA-1 or SHA-256; empty: by serial
  std::optional<std::string> issuer;  // RFC 4514
  std::uint8_t reason = 0;            // CRLReason, RFC 5280 section 5.3.1; never 7
  std::optional<Timestamp> invalidity_date;
};

enum class JobType { issue, revoke };
struct Lease {
  std::uint64_t number = 0;  // at least 1
  Timestamp expires_at;
};
struct Job {
  std::string id;
  crypto::Sha256 digest{};  // over the canonical form without `lease`; see job_digest()
  std::string ca;           // SHA-256, lower-case hex
  std::string correlation_id;
  int priority = 0;
  std::optional<Timestamp> deadline;
  Lease lease;
  std::variant<IssueRequest, RevokeRequest> request;
};

// Why a job cannot be taken as it was sent.
struct InvalidJob {
  std::string code;  // "bad_job", "unknown_type" or "bad_reason"
  std::string message;
};
// With a rejection only id, digest and the lease are sure to be set; type, CA and correlation id
// where they could be read (`ca` empty: it could not).
struct LeasedJob {
  Job job;
  std::optional<InvalidJob> rejection;
};
struct LeaseAnswer {
  Timestamp server_time;
  std::vector<LeasedJob> jobs;  // in the order received
  std::size_t unreadable = 0;   // jobs without a usable id or lease: they can only be counted
};

struct LeaseClaim {
  std::string id;
  std::uint64_t number = 0;
};
struct LeaseStanding {
  std::string id;
  std::uint64_t number = 0;
  bool held = false;
  std::optional<Timestamp> expires_at;  // set when held
};

struct Issued {
  Bytes certificate;  // DER
  Bytes serial;
  Timestamp not_before;
  Timestamp not_after;
  std::string note;  // may be empty
};
struct Revoked {
  Timestamp at;
  bool already = false;
};
struct Failed {
  std::string code;
  std::int32_t hresult = 0;  // 0: none
  std::string message;
};
enum class FailureStatus { failed, dead, canceled };
// A device's request by SCEP. Texts may be empty, except the service.
struct EnrollmentDetails {
  std::string service;
  std::string transaction_id;
  crypto::Sha256 public_key{};  // of the requester's SubjectPublicKeyInfo: in a renewal the old one
  std::string challenge_id;
  std::string device;
  std::string subject;  // RFC 4514, as asked for; the signer's where the request was not read
  Timestamp requested_at;
};
struct JobResult {
  std::string id;
  crypto::Sha256 digest{};
  std::uint64_t lease_number = 0;               // of a leased job
  std::optional<EnrollmentDetails> enrollment;  // set: there was no lease
  JobType type = JobType::issue;
  std::string ca;  // may be empty after a rejection
  std::string correlation_id;
  int attempts = 0;
  Timestamp finished_at;
  std::variant<Issued, Revoked, Failed> outcome;
  FailureStatus failure = FailureStatus::failed;  // which kind of Failed
};
// For each issuing CA (SHA-256, lower-case hex) its chain, DER, its own certificate first.
using Chains = std::map<std::string, std::vector<Bytes>>;

enum class ResultVerdict { accepted, duplicate, superseded, refused };
struct ResultStanding {
  std::string id;
  crypto::Sha256 digest{};
  ResultVerdict verdict = ResultVerdict::accepted;
  std::string note;
};

struct AuthorityHealth {
  std::string sha256;
  std::string name;
  bool healthy = true;
  std::string message;
  Timestamp not_after;
};
struct Heartbeat {
  std::string version;
  std::string state;
  std::uint64_t queue_depth = 0;
  std::uint64_t unreported = 0;
  std::vector<AuthorityHealth> cas;
  std::optional<Timestamp> identity_not_after;
};

// Whether a device's request may have a certificate; a device waits for the answer.
struct ChallengeQuestion {
  std::string request_id;  // a UUID, of this question alone
  std::string service;
  std::string transaction_id;
  Bytes pkcs10;               // DER; holds the challenge, a secret
  std::string template_name;  // what it would be issued by; may be empty
};
// A field that `expected` leaves unset means none, never any.
struct ChallengePermit {
  std::string challenge_id;
  std::string device;                        // may be empty
  std::optional<std::string> template_name;  // nothing: the service's own
  ExpectedContent expected;
  std::optional<std::string> sid;
  Timestamp expires_at;
};
struct ChallengeRefusal {
  std::string code;     // "challenge_expired"
  std::string message;  // the endpoint's own words: escape before showing; may be empty
};
struct ChallengeDeferral {  // the endpoint cannot say now
  std::string message;      // as above
};
struct ChallengeAnswer {
  Timestamp server_time;
  std::variant<ChallengePermit, ChallengeRefusal, ChallengeDeferral> verdict;
};

// An RFC 9457 problem document, as far as it could be read. Texts are the endpoint's own: escape
// before showing.
struct Problem {
  std::string code;  // stable: "token_used"
  std::string title;
  std::string detail;
};

}  // namespace certconnector::management
