// Arguments and results of the control commands. The member names below are the JSON member names;
// they are stable, because scripts read them from `certconnector --json`; packaging/schema
// describes each of them. Times are RFC 3339 UTC on the wire, digests and serial numbers lower-case
// hex, certificates base64 of DER. A member that has no value is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"
#include "proto/control/certificate_messages.h"
#include "proto/control/configuration_messages.h"
#include "proto/control/doctor_messages.h"
#include "proto/control/earlier_messages.h"
#include "proto/control/scep_messages.h"

namespace certconnector::control_proto {

// Of commands that take none.
struct NoArguments {};

struct Finding {
  std::string code;  // of agent/core/finding_codes.h
  std::string component;
  std::string level;  // ok, degraded, down
  std::string message;
  std::string remedy;
};

struct Identity {
  std::string agent_id;
  std::string subject;  // RFC 4514
  std::string issuer;
  std::string serial;
  std::string sha256;
  Timestamp not_before;
  Timestamp not_after;
  Timestamp renew_at;
  std::string source;  // enrolled, configured, store
};

struct Endpoint {
  std::string url;  // empty: none is known
  bool reachable = false;
  std::optional<Timestamp> last_success;
  std::string last_error;
};

struct Crl {
  std::uint64_t number = 0;
  Timestamp this_update;
  Timestamp next_update;
  std::uint64_t entries = 0;
  std::optional<std::uint64_t> partitions;  // CRLs of partitions beside it, if any
};

struct Template {
  std::string name;
  bool needs_approval = false;
};

struct Ca {
  std::string name;
  std::string backend;
  std::string sha256;  // empty: not set up yet, or its files cannot be used
  std::string subject;
  Timestamp not_after;
  std::vector<Template> templates;
  bool set_up = true;  // false: a person has yet to give it a key and a certificate
  bool healthy = true;
  std::string message;
  std::string breaker;  // closed, open, half_open
  std::uint64_t running = 0;
  std::uint64_t certificates = 0;
  std::optional<Crl> crl;
};

struct Count {
  std::string ca;       // sha256
  std::string ca_name;  // empty: this agent has no such CA any more
  std::string type;
  std::string state;
  std::uint64_t count = 0;
};

struct StatusResult {
  std::string version;
  std::string state;  // working, paused, draining, storage_full, not_enrolled, clock_wrong
  Timestamp started;
  Timestamp now;
  std::optional<Identity> identity;
  Endpoint endpoint;
  std::vector<Ca> cas;
  std::vector<ScepService> scep;
  std::vector<Count> counts;
  // How jobs ended, reported or not, `state` being the outcome: those that ended since then, and
  // those whose result is to be reported yet.
  std::vector<Count> outcomes;
  std::optional<Timestamp> outcomes_since;
  bool outcomes_complete = true;  // false: so many ended that the older of them are not counted
  std::uint64_t queue_depth = 0;
  std::uint64_t unreported = 0;
  std::uint64_t issued_since_start = 0;
  std::uint64_t revoked_since_start = 0;
  std::uint64_t failed_since_start = 0;
  // Of the agent's database; 0: not known. New rows take the free part, and the file keeps its
  // size.
  std::uint64_t database_octets = 0;
  std::uint64_t database_free_octets = 0;
  std::string health;  // the worst of the findings: ok, degraded, down
  std::vector<Finding> findings;
};

struct HealthResult {
  std::string health;
  std::vector<Finding> findings;
};

struct JobsListArguments {
  std::optional<std::string> state;    // an outcome means `outcome`
  std::optional<std::string> outcome;  // how it ended, reported or not
  std::optional<std::string> type;
  std::optional<std::string> ca;  // a CA's name in the configuration or its sha256
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::uint64_t limit = 50;          // 1 to kMaxJobsPage
  std::optional<std::string> after;  // `next` of the page before
};
inline constexpr std::uint64_t kMaxJobsPage = 1000;

struct JobLease {
  std::uint64_t number = 0;
  Timestamp until;
};

// How a job ended; the members that the kind has are set.
struct JobOutcome {
  std::string kind;  // issued, revoked, failed
  std::string serial;
  std::string sha256;
  std::optional<Timestamp> not_before;
  std::optional<Timestamp> not_after;
  std::string certificate;  // base64 DER; jobs.show only
  std::string note;
  std::optional<Timestamp> revoked_at;
  bool already_revoked = false;
  std::string code;
  std::int64_t hresult = 0;  // signed, as the management protocol has it; 0: none
  std::string hresult_hex;   // the same as people look it up: "0x80094004"
  std::string message;
};

struct Job {
  std::string id;
  std::string source;
  std::string instance;
  std::string digest;
  std::string type;
  std::string ca;
  std::string ca_name;
  std::string state;
  std::string ended_as;  // of a reported job: what it was before
  std::string correlation_id;
  std::int64_t priority = 0;
  std::int64_t attempts = 0;
  Timestamp received;
  Timestamp due;
  std::optional<Timestamp> deadline;
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;
  std::optional<Timestamp> reported;
  std::optional<JobLease> lease;
  bool waiting_for_approval = false;
  std::string last_code;
  std::string last_message;
  std::string template_name;  // issue; "template" on the wire
  std::string sid;
  std::string serial;  // revoke: what it names
  std::string thumbprint;
  std::string reason;  // revoke: RFC 5280's name
  std::optional<JobOutcome> outcome;
};

struct JobsListResult {
  std::vector<Job> jobs;            // newest first
  std::optional<std::string> next;  // there may be more: pass it as `after`
  // With `next`, of a page that is not full: jobs that arrived since then were looked at.
  std::optional<Timestamp> searched_to;
};

// Names jobs: several may have one id, one for each source and instance.
struct JobArguments {
  std::string id;  // or its beginning, of kShortestId characters or more, where one id begins so
  std::optional<std::string> source;
  std::optional<std::string> instance;
};

inline constexpr std::size_t kShortestId = 4;     // so is the beginning of a serial number
inline constexpr std::size_t kMaxIdsListed = 10;  // in an error about the beginning of several

struct JobDenyArguments {
  JobArguments job;
  std::string why;
};

struct Event {
  Timestamp at;
  std::string kind;
  std::string message;
};

struct JobDetail {
  Job job;
  std::vector<Event> history;  // oldest first
};
struct JobsShowResult {
  std::vector<JobDetail> jobs;
};

struct JobExplanation {
  std::string id;
  std::string source;
  std::string instance;
  std::string state;
  std::vector<std::string> happened;  // oldest first, each begins with its time
  std::string why;                    // of the state it is in
  std::string next;                   // what comes next, or what a person can do
};
struct JobsExplainResult {
  std::vector<JobExplanation> jobs;
};

// Of retry, cancel, approve and deny: the job as it is now.
struct JobChangedResult {
  std::string id;
  std::string source;
  std::string instance;
  std::string state;
};

struct CaListResult {
  std::vector<Ca> cas;
  std::string at_rest;  // why the agent has no CA do anything now; empty: it does its jobs
};
struct CaArguments {
  std::string name;
};
struct CaTestResult {
  std::string name;
  std::string message;
};
struct CaCreateArguments {
  std::string name;
  std::string kind;  // root, subordinate
  std::string subject;
  std::string key_kind = "rsa";  // rsa, ec
  std::int64_t key_bits = 3072;
  std::int64_t lifetime_days = 3650;
};
struct CaImportArguments {
  std::string name;
  std::string certificate_pem;
  std::string key_pem;     // a secret
  std::string pkcs12;      // base64 DER; instead of the two above
  std::string passphrase;  // a secret
  bool examine = false;    // check it all, and change nothing
  // Nothing of what the CA did before is missing any more (ca.earlier), or there was nothing.
  bool past_is_told = false;
};
struct CaCreatedResult {
  std::string name;
  std::string sha256;           // empty while a subordinate waits for its certificate
  std::string certificate_pem;  // root, or imported
  std::string request_pem;      // subordinate: for the company's CA to sign
  // Of an import: the agent has the records of this CA already, or the CA has no past.
  bool past_is_known = false;
  std::uint64_t certificates = 0;               // that the agent has of an imported CA
  std::vector<std::string> crl_addresses = {};  // that the certificate of a root names
  std::vector<std::string> limits = {};         // what the certificate keeps the CA from issuing
  std::optional<TakenPast> past = {};           // of an import; the CLI sets it
};
struct ExportedCertificate {
  std::string der;  // base64
  std::string subject;
  std::string issuer;
  std::string sha256;
  Timestamp not_after;
  bool self_signed = false;
};
struct CaExportResult {
  std::string name;
  std::vector<ExportedCertificate> certificates;  // the issuing CA first, the root last
};
struct CaPublishCrlResult {
  std::string name;
  std::optional<Crl> crl;
  std::optional<TakenPast> past = {};  // of `ca adopt`; the CLI sets it
};

struct EnrollArguments {
  std::string token;  // a secret
};
// Of enroll, identity.show and identity.renew.
struct IdentityResult {
  Identity identity;
};

// Of pause, resume, drain and clock accept.
struct ReloadResult {
  Timestamp at;
  bool taken = false;                      // false: the file is wrong, and nothing changed
  std::vector<std::string> changed;        // "[log] level"
  std::vector<std::string> needs_restart;  // changed in the file; the old value is in use
  std::vector<std::string> refused;        // for a person
  std::vector<Finding> new_findings;       // what is wrong since a reload
};

struct RunStateResult {
  std::string state;
};

struct BackupArguments {
  std::string folder;  // absolute; made by the agent, must not exist
};
struct BackupResult {
  std::string folder;
};
// Of the backup that is under way.
struct BackupProgressResult {
  std::string step;  // empty: none is
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: not known
};
// Of `certconnector completion`, which asks no agent.
struct CompletionResult {
  std::string shell;
  std::string script;
};
struct VersionResult {
  std::string version;
  std::int64_t protocol = 0;
  std::optional<std::string> commit;  // none: not built in a repository
  std::optional<std::string> openssl;
  std::optional<std::string> sqlite;
  std::optional<std::string> program_version;  // of the CLI, which sets it; the agent never does
};

}  // namespace certconnector::control_proto
