// One PKIOperation: opens a client's message, asks the EnrollmentService, and makes the answer. RFC
// 8894 sections 3.2 and 4.3.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/ports/crash_points.h"
#include "agent/enrollment/enrollment_service.h"
#include "agent/scep/holder_query.h"
#include "agent/scep/reply.h"
#include "agent/scep/service.h"
#include "common/crypto/pkcs10.h"
#include "common/http/message.h"
#include "common/log/log.h"

namespace certconnector::scep {

// All outlive the operations.
struct OperationParts {
  enrollment::EnrollmentService& enrollments;
  enrollment::FrontEnd front_end;  // with a limit of guesses
  const Clock& clock;
  core::CrashPoints& crash_points;
  log::Logger& logger;
  // The CA's last CRL, DER; null: none.
  std::function<SharedBytes(const std::string& ca)> crl_of;
  // Sends the answer to a message that is unreadable at a set time after it came.
  std::function<void(http::Reply reply, http::Response response,
                     std::chrono::steady_clock::time_point arrived)>
      answer_unreadable =
          [](http::Reply reply, http::Response response, auto) { reply.send(std::move(response)); };
  // The work on such a message, which began then, is done on this thread.
  std::function<void(std::chrono::steady_clock::time_point begun)> finish_turn = [](auto) {};
  // The holder of this certificate has signed a message that is verified.
  std::function<void(const core::CaFingerprint& ca, const Bytes& serial)> used =
      [](const core::CaFingerprint&, const Bytes&) {};
};

// Lives until it has answered. One thread at a time.
//
// Functions that check the message return its fault, or nothing. receive(), serve() and the
// functions that they call send exactly one answer.
class PkiOperation final : public std::enable_shared_from_this<PkiOperation> {
 public:
  // On a thread of the pool. `peer` sent the message; for the log and the limit.
  static void run(const OperationParts& parts, std::shared_ptr<const Service> service,
                  const Bytes& message, std::string peer, http::Reply reply);

 private:
  PkiOperation(const OperationParts& parts, std::shared_ptr<const Service> service,
               std::string peer, http::Reply reply);

  [[nodiscard]] std::optional<core::Failed> why_not_open();
  [[nodiscard]] std::optional<core::Failed> why_no_envelope(const Error& error);
  [[nodiscard]] std::optional<core::Failed> why_not_addressed(crypto::EnvelopedData envelope);
  [[nodiscard]] Result<Bytes> decrypt() const;
  // Null: denies the request without a look at it.
  [[nodiscard]] enrollment::DeviceRequest device_request(
      const std::shared_ptr<const crypto::Pkcs10>& pkcs10 = nullptr) const;

  void name_keys(const crypto::Pkcs10* pkcs10, enrollment::DeviceRequest& request) const;

  void receive(const Bytes& message);
  void serve();
  void enroll();
  void poll();
  void refuse(const core::Failed& reason);
  void refuse_unreadable(const std::string& why);

  void authorized(enrollment::AuthorizeAnswer answer);
  void deliver(const enrollment::SubmitAnswer& answer);
  void answer(const HolderAnswer& found);
  void hand_out(const core::IssuedCertificate& issued);
  void wait_longer();
  void succeed(const std::vector<ByteView>& certificates, const std::vector<ByteView>& crls);
  void fail(const core::Failed& reason);
  void unavailable(const enrollment::Unavailable& why);
  void send(const Result<Bytes>& message);

  const std::chrono::steady_clock::time_point arrived_ = std::chrono::steady_clock::now();
  const OperationParts& parts_;
  std::shared_ptr<const Service> service_;
  std::string peer_;
  http::Reply reply_;
  std::shared_ptr<const RaSets> ra_;
  const RaSet* set_ = nullptr;  // of *ra_: the message is for it, and it answers
  jobs::CaRef issuer_;
  std::optional<Message> message_;
  std::optional<MessageSigner> signer_;
  std::optional<crypto::EnvelopedData> sealed_;
  const crypto::Recipient* recipient_ = nullptr;  // of *sealed_: the RA that decrypts it
  crypto::EnvelopedDataSpec envelope_;            // encryption of the answer: as the request's
  std::string device_;                            // as its challenge names it
  bool unreadable_ = false;  // what was decrypted is nothing that a device sends
};

// The failInfo for a failure.
[[nodiscard]] FailInfo fail_info_of(const core::Failed& reason);

}  // namespace certconnector::scep
