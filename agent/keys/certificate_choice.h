// Which certificate of a store is the agent's. A store renews its certificates beside the agent, so
// that a name stands for the newest that is valid.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::keys {

enum class ChosenBy { thumbprint, certificate_template, subject };

struct CertificateWanted {
  ChosenBy by = ChosenBy::thumbprint;
  // SHA-1 in lower case hex; the template's name or object identifier; an RFC 4514 name.
  std::string text;
};

// "thumbprint:AB 12...", as Windows shows it, "template:NAME-OR-OID", "subject:CN=agent,O=Corp".
// Errors: malformed.
[[nodiscard]] Result<CertificateWanted> parse_certificate_wanted(std::string_view text);

// The way back: parse_certificate_wanted() reads it.
[[nodiscard]] std::string to_text(const CertificateWanted& wanted);

struct StoredCertificate {
  crypto::Certificate certificate;
  bool has_key = true;  // the store knows a private key for it
};

// The index of the certificate that is valid at `now` and has a key, of many the one that began
// last. Errors: not_found, no_key (those that are valid have none); the message says what there is
// in place of it, and what to do.
[[nodiscard]] Result<std::size_t> choose_certificate(const std::vector<StoredCertificate>& all,
                                                     const CertificateWanted& wanted,
                                                     Timestamp now);

}  // namespace certconnector::keys
