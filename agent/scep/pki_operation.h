// One PKIOperation on its way: from a client's message to the answer. RFC 8894 sections 3.2 and
// 4.3.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/challenge_validation_pool.h"
#include "agent/enrollment/enrollment_queue.h"
#include "agent/enrollment/granted_right.h"
#include "agent/enrollment/refusal_quota.h"
#include "agent/scep/certificate_reference.h"
#include "agent/scep/reply.h"
#include "agent/scep/service.h"
#include "common/crypto/pkcs10.h"
#include "common/http/client_limit.h"
#include "common/http/message.h"
#include "common/log/log.h"
#include "common/runtime/worker_pool.h"

namespace certconnector::scep {

// All outlive the operations.
struct OperationParts {
  enrollment::EnrollmentQueue& enrollment_queue;
  runtime::WorkerPool& pool;
  enrollment::ChallengeValidationPool& validation_pool;
  const Clock& clock;
  core::CrashPoints& crash_points;
  log::Logger& logger;
  // A fresh id for a job: time first, so that ids grow.
  std::function<std::string()> new_job_id;
  // The CA's last CRL, DER; null: none.
  std::function<std::shared_ptr<const Bytes>(const std::string& ca)> crl_of;
  // Refusals that are guesses, by client: who has no room there is answered 429.
  http::ClientLimit& challenge_failures;
  enrollment::RefusalQuota& refusals;
};

// Lives until it has answered. One thread at a time.
class PkiOperation final : public std::enable_shared_from_this<PkiOperation> {
 public:
  // On a thread of the pool. `peer` is who sent the message, for the log and the limit.
  static void run(const OperationParts& parts, std::shared_ptr<const Service> service,
                  const Bytes& message, std::string peer, http::Reply reply);

 private:
  PkiOperation(const OperationParts& parts, std::shared_ptr<const Service> service,
               std::string peer, http::Reply reply);

  void receive(const Bytes& message);
  [[nodiscard]] bool is_locked_out();
  [[nodiscard]] bool open();
  [[nodiscard]] bool choose_recipient(crypto::EnvelopedData envelope);
  void serve();
  [[nodiscard]] Result<Bytes> decrypt() const;
  void enroll();
  void decide(const std::shared_ptr<const crypto::Pkcs10>& request, bool may_wait);
  void ask(const std::shared_ptr<const crypto::Pkcs10>& request);
  void poll();
  [[nodiscard]] Result<bool> is_from_holder() const;
  [[nodiscard]] bool admits_holder();  // false: it is answered
  // What GetCert and GetCRL ask for, a view into `content`. Nothing: it is answered.
  [[nodiscard]] std::optional<IssuerAndSerial> read_reference(Bytes& content);
  void not_found(const std::string& why);
  void get_certificate();
  void get_crl();

  [[nodiscard]] bool go_on();
  // Whether the key's certificate of this transaction was revoked; true: it is answered.
  [[nodiscard]] bool ends_with_revocation(const enrollment::GrantedRight& right);
  void submit(core::NewEnrollment enrollment);
  [[nodiscard]] core::EnrollmentKey enrollment_key() const;
  [[nodiscard]] core::NewEnrollment enrollment_for(const crypto::Pkcs10* request) const;
  void refuse(const core::Failed& reason);  // of a message whose request is not looked at
  void refuse(const enrollment::Refusal& refusal, const crypto::Pkcs10* request);
  void refuse_unreadable(const std::string& why);

  void answered(enrollment::EnrollmentAnswer answer);
  void deliver(const enrollment::EnrollmentAnswer& answer);
  // Whatever is not fresh is looked at again.
  void hand_out(const enrollment::Enrolled& enrolled);
  void succeed(const std::vector<ByteView>& certificates, const std::vector<ByteView>& crls);
  void fail(FailInfo info, const core::Failed& reason);
  void send(const Result<Bytes>& message);
  void unavailable(const std::string& why);
  void log_failure(const core::Failed& reason, FailInfo info);

  const OperationParts& parts_;
  std::shared_ptr<const Service> service_;
  std::string peer_;
  http::Reply reply_;
  std::shared_ptr<const RaSets> ra_;
  const RaSet* set_ = nullptr;  // of *ra_: whom the message is for, and who answers
  jobs::CaRef issuer_;
  std::optional<Message> message_;
  std::optional<MessageSigner> signer_;
  std::shared_ptr<const crypto::Pkcs10> request_;  // once it is read
  // Of the right that it was granted.
  std::string challenge_;
  std::string device_;
  std::optional<crypto::EnvelopedData> sealed_;
  const crypto::Recipient* recipient_ = nullptr;  // of *sealed_: the RA that is to read it
  crypto::EnvelopedDataSpec envelope_;            // how the answer is encrypted: as the request was
};

// What a client is told of a failure.
[[nodiscard]] FailInfo fail_info_of(const core::Failed& reason);

}  // namespace certconnector::scep
