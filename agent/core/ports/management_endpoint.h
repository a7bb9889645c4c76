// The management-endpoint port: the cloud side, as core needs it. Implementations translate their
// protocol.
//
// Each call is one request with a deadline of its own, stopped early by `stop`. Thread-safe: calls
// may overlap. Errors: transient (may carry Error::retry_after()), denied (our identity was
// refused), permanent (protocol).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/job.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"
#include "common/time/stop.h"

namespace certconnector::core {

// The most leases or results that one call carries.
inline constexpr std::size_t kMostInOneCall = 500;

struct LeaseQuery {
  std::size_t max_jobs = 100;  // 1 to 500
  Duration wait{30000};        // long poll, at most 30 s
  Duration lease{300000};
  std::vector<CaFingerprint> authorities;  // those this agent serves now
  bool issue = true;
  bool revoke = true;
};

struct LeasedJobs {
  // In the order received. A job that could not be read comes with a rejection, so that it is
  // reported; one without a usable id is only counted.
  std::vector<NewJob> jobs;
  std::size_t unreadable = 0;
};

struct LeaseClaim {  // a lease as the endpoint knows it
  std::string id;
  std::uint64_t number = 0;
};
struct LeaseStanding {
  bool held = false;
  Timestamp until;  // when held; Clock::now() time
};

struct ReportedItem {
  ReportVerdict verdict = ReportVerdict::accepted;
  std::string note;
};

struct CaHealthReport {
  CaFingerprint fingerprint;
  std::string name;
  bool healthy = true;
  std::string message;
  Timestamp not_after;
};
struct Heartbeat {
  std::string version;
  std::uint64_t queue_depth = 0;  // unfinished jobs
  std::uint64_t unreported = 0;
  std::string state;  // "working", "paused", "draining", "storage_full"
  std::vector<CaHealthReport> authorities;
  std::optional<Timestamp> identity_not_after;
};

class ManagementEndpoint {
 public:
  virtual ~ManagementEndpoint() = default;

  virtual Result<LeasedJobs> lease(const LeaseQuery& query, const StopToken& stop) = 0;
  // Tells that the jobs are stored. One standing for each, in order.
  virtual Result<std::vector<LeaseStanding>> acknowledge(const std::vector<LeaseClaim>& leases,
                                                         const StopToken& stop) = 0;
  virtual Result<std::vector<LeaseStanding>> extend(const std::vector<LeaseClaim>& leases,
                                                    Duration lease, const StopToken& stop) = 0;
  // At most 500. One item for each report, in order.
  virtual Result<std::vector<ReportedItem>> report(const std::vector<Report>& reports,
                                                   const StopToken& stop) = 0;
  virtual Status heartbeat(const Heartbeat& heartbeat, const StopToken& stop) = 0;
  // A new client certificate for `pkcs10` (DER): DER, the agent's certificate first.
  virtual Result<std::vector<Bytes>> renew_identity(const Bytes& pkcs10, const StopToken& stop) = 0;
};

}  // namespace certconnector::core
