// The registration point: answers the policy module of an NDES over HTTP, as
// proto/registration/openapi.yaml defines it. A verified request is an enrollment whose job the
// NDES does (core/ports/outside_enrollments.h); what the NDES tells of it ends that job. After
// success the same request is verified again, for a device that lost its answer, until its
// challenge ends or the CA has revoked the certificate; of several, the first one counts.
//
// Who asks is looked at on the server's thread, everything else is done on the worker pool.
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
  explicit NdesService(PointParts parts) : parts_(std::move(parts)) {}

  // Null: everything is refused.
  void set_service(std::shared_ptr<const PointService> service);
  void handle(http::Request request, http::Reply reply) override;

  // A loop step: asks what became of those that the NDES tells nothing about; what nobody knows is
  // held.
  Duration step(const StopToken& stop);

 private:
  using Service = std::shared_ptr<const PointService>;
  using Operation = void (*)(const PointParts& parts, const Call& call, http::Reply reply);

  [[nodiscard]] Service service() const;
  void dispatch(const Service& service, Operation operation, http::Request request,
                http::Reply reply);

  const PointParts parts_;
  mutable std::mutex mutex_;
  Service service_;
};

}  // namespace certconnector::ndes
