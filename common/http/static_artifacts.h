// Files for relying parties: CRLs from where they are stored, CA certificates from memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/http/message.h"
#include "common/text/byte_source.h"
#include "common/text/bytes.h"

namespace certconnector::http {

// GET and HEAD only; a strong ETag with If-None-Match. Thread-safe: publish while it serves. Who
// has begun to receive a file receives that version of it to the end.
class StaticArtifacts final : public Handler {
 public:
  // At /NAME.crl, application/pkix-crl (RFC 2585 section 4.2). DER. Replaces the one before; reads
  // it through once. False: it cannot be read, and the one before stays.
  [[nodiscard]] bool publish_crl(const std::string& name, SharedBytes crl);
  // At /NAME.cer, application/pkix-cert (RFC 2585 section 4.1). DER.
  void publish_certificate(const std::string& name, std::shared_ptr<const Bytes> certificate);

  // The CRL at /NAME.crl; null when there is none.
  [[nodiscard]] SharedBytes crl(const std::string& name) const;

  void handle(Request request, Reply reply) override;

 private:
  // Has either a body or a source.
  struct Artifact {
    std::string content_type;
    std::string etag;
    std::shared_ptr<const Bytes> body;
    SharedBytes source;
  };
  [[nodiscard]] Response answer(const Request& request);
  void publish(const std::string& path, Artifact artifact);

  mutable std::mutex mutex_;
  std::map<std::string, Artifact> artifacts_;  // by path
};

}  // namespace certconnector::http
