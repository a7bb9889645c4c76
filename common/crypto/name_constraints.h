// The name constraints of a CA certificate, RFC 5280 section 4.2.1.10, checked by OpenSSL, and by
// ourselves where verifiers read another name than OpenSSL's check does.
#pragma once

#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>

#include "common/crypto/certificate.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

// Immutable; thread-safe.
class NameConstraints {
 public:
  // Nothing: the certificate has none. Errors: malformed.
  [[nodiscard]] static Result<std::optional<NameConstraints>> of(const Certificate& ca);

  // "Permitted: DNS:corp.example Excluded: DNS:lab.corp.example", for a person.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Neither permits nor excludes anything, which RFC 5280 forbids.
  [[nodiscard]] bool empty() const;
  // The name for which no verifier takes the certificate under these constraints, and why:
  // "DNS:a.example is not permitted". Nothing: all are within. Subject, emailAddress and
  // alternative names count, and a CN that may be taken for a host, also for one with a wildcard,
  // where no dNSName is there. A wildcard is beyond where it covers an excluded name.
  // `certificate`: DER; its signature may be empty.
  [[nodiscard]] std::optional<std::string> broken_by(ByteView certificate) const;

 private:
  NameConstraints(std::shared_ptr<NAME_CONSTRAINTS> constraints, std::string text)
      : constraints_(std::move(constraints)), text_(std::move(text)) {}

  std::shared_ptr<NAME_CONSTRAINTS> constraints_;
  std::string text_;
};

}  // namespace certconnector::crypto
