// Answers the policy module of an NDES over HTTP, as proto/registration/openapi.yaml defines it. A
// verified request is an external enrollment (core/ports/external_enrollments.h). The outcome that
// NDES reports ends its job. After success the service verifies the same request again, for a
// device that lost its answer, until its challenge ends or the CA revokes the certificate. The
// first of several outcomes counts.
//
// The server's thread checks the caller, the worker pool does everything else.
#pragma once

#include <memory>
#include <mutex>

#include "agent/ndes/ndes_parts.h"
#include "common/http/message.h"
#include "common/time/stop.h"

namespace certconnector::ndes {

// Thread-safe.
class NdesService final : public http::Handler {
 public:
  explicit NdesService(NdesParts parts) : parts_(std::move(parts)) {}

  // Null: denies every call.
  void set_service(std::shared_ptr<const ServedNdes> service);
  void handle(http::Request request, http::Reply reply) override;

  // A loop step: asks the CA for the outcome of overdue enrollments. Holds those without an answer.
  Duration step(const StopToken& stop);

 private:
  using Service = std::shared_ptr<const ServedNdes>;
  using Operation = void (*)(const NdesParts& parts, const Call& call, http::Reply reply);

  [[nodiscard]] Service service() const;
  void dispatch(const Service& service, Operation operation, http::Request request,
                http::Reply reply);

  const NdesParts parts_;
  mutable std::mutex mutex_;
  Service service_;
};

}  // namespace certconnector::ndes
