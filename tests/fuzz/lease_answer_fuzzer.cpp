// The job codec: whatever an endpoint sends, each job is taken, rejected with a reason, or counted.
#include <cstdint>
#include <cstdlib>

#include "proto/management/codec.h"

namespace {

using certconnector::management::LeasedJob;

// What core relies on without looking again.
bool holds_what_it_promises(const LeasedJob& leased) {
  const auto& job = leased.job;
  if (job.id.empty() || job.id.size() > 128 || job.lease.number == 0) return false;
  if (leased.rejection)
    return !leased.rejection->code.empty() && !leased.rejection->message.empty();
  if (job.ca.size() != 64 || job.priority < -100 || job.priority > 100) return false;
  if (const auto* issue = std::get_if<certconnector::management::IssueRequest>(&job.request)) {
    return !issue->template_name.empty() && !issue->pkcs10.empty() &&
           issue->pkcs10.size() <= certconnector::management::kMaxPkcs10;
  }
  const auto& revoke = std::get<certconnector::management::RevokeRequest>(job.request);
  return revoke.serial.empty() != revoke.thumbprint.empty() && revoke.serial.size() <= 20 &&
         revoke.reason <= 10 && revoke.reason != 7;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = certconnector::management::decode_lease_answer(text);
  if (!answer) {
    if (answer.error().message().empty()) std::abort();
    return 0;
  }
  for (const auto& job : answer->jobs) {
    if (!holds_what_it_promises(job)) std::abort();
  }
  return 0;
}
