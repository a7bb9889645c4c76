// Files for relying parties: CRLs and CA certificates, from memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/http/message.h"
#include "common/text/bytes.h"

namespace certconnector::http {

// GET and HEAD only; a strong ETag with If-None-Match. Thread-safe: publish while it serves.
class StaticArtifacts final : public Handler {
 public:
  // At /NAME.crl, application/pkix-crl (RFC 2585 section 4.2). DER. Replaces the one before.
  void publish_crl(const std::string& name, std::shared_ptr<const Bytes> crl);
  // At /NAME.cer, application/pkix-cert (RFC 2585 section 4.1). DER.
  void publish_certificate(const std::string& name, std::shared_ptr<const Bytes> certificate);

  // The CRL at /NAME.crl; null when there is none.
  [[nodiscard]] std::shared_ptr<const Bytes> crl(const std::string& name) const;

  void handle(Request request, Reply reply) override;

 private:
  struct Artifact {
    std::string content_type;
    std::string etag;
    std::shared_ptr<const Bytes> body;
  };
  [[nodiscard]] Response answer(const Request& request);
  void publish(const std::string& path, std::string content_type,
               std::shared_ptr<const Bytes> body);

  mutable std::mutex mutex_;
  std::map<std::string, Artifact> artifacts_;  // by path
};

}  // namespace certconnector::http
