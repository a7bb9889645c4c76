// The registration authority: decides whether a device may have a certificate, and makes its
// enrollment. SCEP and NDES translate and ask here.
//
//   authorize() -> AuthorizedRequest | Denied | Unavailable
//   submit()    -> Enrolled | StillPending | Denied | Unavailable
//
// A validator answers questions about a challenge on the threads of the validation pool, and a
// revocation check fetches CRLs on separate threads, so authorize() never holds the caller's
// thread.
//
// The service notes a denial as an enrollment that failed on arrival if the client showed a known
// challenge or certificate, or if its quota has room. All other denials are in the log alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "agent/enrollment/authorization.h"
#include "agent/enrollment/challenge_validation_pool.h"
#include "agent/enrollment/decision.h"
#include "agent/enrollment/device_request.h"
#include "agent/enrollment/enrollment_queue.h"
#include "agent/jobs/operating_mode.h"

namespace certconnector::enrollment {

using SubmitAnswer = std::variant<Enrolled, StillPending, Denied, Unavailable>;

struct AuthorizedRequest {
  std::shared_ptr<const DeviceRequest> request;
  Authorization authorization;
  // Set: this transaction was authorized and submitted before, with this state.
  std::optional<EnrollmentAnswer> standing;
};
using AuthorizeAnswer = std::variant<AuthorizedRequest, Denied, Unavailable>;

// All outlive the service.
struct EnrollmentParts {
  EnrollmentQueue& queue;
  ChallengeValidationPool& validation_pool;
  const jobs::OperatingMode& operating_mode;
  const Clock& clock;
  std::function<std::string()> new_job_id;  // time first, so that ids grow
};

// Thread-safe. Outlives the pools of its front ends.
class EnrollmentService {
 public:
  // Called once, or dropped when a pool closes.
  using AuthorizeDone = std::function<void(AuthorizeAnswer)>;
  using SubmitDone = std::function<void(SubmitAnswer)>;

  explicit EnrollmentService(EnrollmentParts parts) : parts_(std::move(parts)) {}

  // `request` is readable. Calls `done` on this thread or on one that may wait.
  void authorize(DeviceRequest request, const AuthorizeDone& done);
  // Calls `done` on this thread or on one of the front end's pool.
  void submit(AuthorizedRequest authorized, SubmitDone done);
  // The state of the newest enrollment of the transaction and key; nothing: there is none. Blocks
  // as long as the CA's look-up does.
  [[nodiscard]] std::optional<SubmitAnswer> poll(const DeviceRequest& request);
  // For denials by the front end itself, such as a message that it cannot read.
  void note(const DeviceRequest& request, const Denied& denied);

 private:
  using Request = std::shared_ptr<const DeviceRequest>;
  // For a denial that comes after the authorization.
  struct Attribution {
    std::string challenge;
    std::string device;
    std::optional<Timestamp> ends;
  };

  void decide(const Request& request, MayWait may_wait, const AuthorizeDone& done);
  void validate(const Request& request, const AuthorizeDone& done);
  void fetch_revocation_list(const Request& request, const AuthorizeDone& done);
  [[nodiscard]] AuthorizeAnswer answer_to(const Request& request, Authorization authorization);
  [[nodiscard]] AuthorizeAnswer answer_to(const Request& request, Denied denied);
  [[nodiscard]] AuthorizeAnswer answer_to(const Request& request, Unavailable unavailable);
  [[nodiscard]] std::optional<Unavailable> why_undecidable() const;
  [[nodiscard]] std::optional<Unavailable> why_locked_out(const DeviceRequest& request) const;
  [[nodiscard]] std::optional<Unavailable> why_too_many(const DeviceRequest& request,
                                                        const Authorization& authorization) const;
  [[nodiscard]] std::optional<AuthorizedRequest> resume(const Request& request);

  [[nodiscard]] core::NewEnrollment enrollment_for(const DeviceRequest& request) const;
  [[nodiscard]] core::NewEnrollment authorized_enrollment(const DeviceRequest& request,
                                                          const Authorization& authorization) const;
  static void count_guess(const DeviceRequest& request);
  [[nodiscard]] SubmitAnswer settle(const DeviceRequest& request, const Attribution& attribution,
                                    EnrollmentAnswer answer);
  // Checks a certificate again before it gives it out, unless it is fresh.
  [[nodiscard]] SubmitAnswer hand_out(const DeviceRequest& request, const Attribution& attribution,
                                      Enrolled enrolled);
  [[nodiscard]] Denied noted(const DeviceRequest& request, Denied denied);

  const EnrollmentParts parts_;
};

}  // namespace certconnector::enrollment
