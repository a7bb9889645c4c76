#include "agent/control/local_revocation.h"

#include <algorithm>

#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::control {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr int kPriority = 50;  // a person waits for it

// Every call makes a new job: a certificate can be put on hold, released and revoked.
core::NewJob make_local_job(const LocalRevocation& revocation) {
  constexpr std::size_t kRandom = 4;  // octets
  core::RevokeRequest request;
  request.serial = revocation.serial;
  request.reason = revocation.reason;
  core::NewJob made;
  made.job.key.source = core::JobSource::local;
  made.job.key.instance = "operator";
  made.job.key.id = "revoke-" + text::to_hex(revocation.serial) + "-" +
                    text::to_hex(crypto::random_bytes(kRandom));
  made.job.key.digest = crypto::sha256(as_bytes(made.job.key.id));
  made.job.ca = revocation.ca;
  made.job.priority = kPriority;
  made.job.request = std::move(request);
  made.report = false;
  return made;
}

}  // namespace

core::NewJob make_local_revocation(const LocalRevocation& revocation, const Caller& caller) {
  core::NewJob job = make_local_job(revocation);
  job.job.correlation_id = "by " + caller.name;
  constexpr std::size_t kMaxCorrelation = 128;
  job.job.correlation_id.resize(std::min(job.job.correlation_id.size(), kMaxCorrelation));
  return job;
}

Result<core::JobRecord> revoke_now(JobOperations& jobs, const LocalRevocation& revocation,
                                   const Caller& caller) {
  return jobs.run_job(make_local_revocation(revocation, caller), kPatience);
}

}  // namespace certconnector::control
