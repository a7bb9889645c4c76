// The SCEP services on HTTP: RFC 8894 section 4. The server's thread answers GetCACaps and
// GetCACert from memory; the worker pool does PKIOperation.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/scep/pki_operation.h"
#include "agent/scep/query.h"
#include "agent/scep/service.h"
#include "common/http/message.h"

namespace certconnector::scep {

// Thread-safe: services change while it serves.
class Responder final : public http::Handler {
 public:
  using Services = std::vector<std::shared_ptr<const Service>>;

  // `parts` and `otherwise`, which answers paths that no service has, outlive the responder.
  Responder(OperationParts parts, http::Handler& otherwise)
      : parts_(std::move(parts)), otherwise_(otherwise) {}

  void set_services(const Services& services);
  void handle(http::Request request, http::Reply reply) override;

 private:
  [[nodiscard]] std::shared_ptr<const Service> find(const std::string& asked) const;
  void answer(const std::shared_ptr<const Service>& service, http::Request& request,
              http::Reply reply);
  void operate(std::shared_ptr<const Service> service, const Query& query, http::Request& request,
               http::Reply reply);

  const OperationParts parts_;
  http::Handler& otherwise_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Service>> services_;  // by path
};

}  // namespace certconnector::scep
