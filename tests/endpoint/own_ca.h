// The endpoint's own CA: it signs the server certificate and the agents' client certificates.
// P-256, X.509 by the plain OpenSSL API, on purpose nothing of common/crypto.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

// OpenSSL's own types.h leaves this one to the heavy x509.h.
struct X509_req_st;

namespace certconnector::endpoint {

struct CertifiedKey {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
};

struct IssuedClientCertificate {
  Bytes der;
  Timestamp not_before, not_after;
};

// A PKCS#10 request whose signature was verified.
struct ClientRequest {
  std::shared_ptr<X509_req_st> request;
  std::string key_sha256;  // of the DER SubjectPublicKeyInfo
};

struct ServerCertificateOptions {
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1",
                                    "IP:::1"};  // subjectAltName parts
  Timestamp not_before, not_after;
};

class OwnCa {
 public:
  // Reads ca_key.pem and ca_certificate.pem of the directory, or makes them (key 0600, ten years).
  [[nodiscard]] static Result<OwnCa> open(const std::string& state_dir, Timestamp now);

  [[nodiscard]] const Bytes& der() const { return der_; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }  // of the DER, hex
  [[nodiscard]] X509* certificate() const { return own_.certificate.get(); }

  // A new P-256 key and its certificate for server authentication.
  [[nodiscard]] Result<CertifiedKey> make_server_certificate(
      const ServerCertificateOptions& options) const;
  // CN is the agent's id; EKU client authentication.
  [[nodiscard]] Result<IssuedClientCertificate> issue_client_certificate(
      const ClientRequest& request, const std::string& agent_id, Timestamp now,
      Duration lifetime) const;

 private:
  OwnCa() = default;

  CertifiedKey own_;
  Bytes der_;
  std::string sha256_;
};

// Refuses what does not parse, is not signed by its own key, or has a key under RSA-2048 or P-256.
[[nodiscard]] Result<ClientRequest> parse_client_request(ByteView pkcs10);

struct CertificateFacts {
  std::string sha256, key_sha256, serial;  // hex; the serial without leading zeros, as on the wire
  Timestamp not_before, not_after;
};
[[nodiscard]] Result<CertificateFacts> read_certificate(ByteView der);

}  // namespace certconnector::endpoint
