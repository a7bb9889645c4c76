// A device that enrolls by SCEP, every part of its message in the test's hand.
#pragma once

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "agent/scep/message.h"
#include "common/crypto/certificate.h"
#include "common/crypto/pkcs10.h"
#include "common/http/message.h"
#include "tests/support/test_pki.h"

namespace certconnector::app {

inline const std::string kScepPath = "/certsrv/mscep/mscep.dll";

// RSA-2048 with a self-signed certificate; made once for the program, by number.
[[nodiscard]] const certconnector::testing::Credential& rsa_device(std::size_t number);

struct ScepRequest {
  std::string type = "19";
  std::string transaction_id = "T1";
  Bytes nonce = Bytes(16, 7);
  Bytes inside;  // the PKCS#10, or another content of the type
  // The signer; the answer is encrypted to its certificate.
  crypto::PrivateKey key = rsa_device(0).key;
  crypto::Certificate certificate = rsa_device(0).certificate;
  std::optional<crypto::Certificate> recipient;  // instead of the service's RA
  // The envelope is for this key, whatever recipient it names; nothing: the recipient's key.
  std::optional<crypto::Certificate> wrapped_for;
  crypto::KeyTransport transport;
  crypto::ContentCipher cipher = crypto::ContentCipher::aes128;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::sha256;
};

struct ScepAnswer {
  unsigned http = 0;
  std::string status;     // pkiStatus: "0", "2", "3"; empty: no CertRep
  std::string fail_info;  // with "2"
  std::string fail_info_text;
  std::string ndes_hresult;
  std::optional<crypto::Certificate> certificate;
  std::optional<Bytes> crl;                   // DER, of GetCRL
  std::optional<crypto::Certificate> signer;  // of the CertRep
  std::optional<crypto::HashAlgorithm> hash;
  Bytes content;     // of the CertRep's SignedData
  std::string text;  // of an HTTP error

  [[nodiscard]] bool issued() const { return status == "0" && certificate.has_value(); }
};

// A PKCS#10 for this key; `spec.challenge_password` is the challenge.
[[nodiscard]] Bytes scep_pkcs10(const crypto::PrivateKey& key, const crypto::Pkcs10Spec& spec);
// The same request signed anew with this hash; RSA.
[[nodiscard]] Bytes signed_with(const crypto::PrivateKey& key, crypto::HashAlgorithm hash,
                                const Bytes& pkcs10);
// How a message names a certificate: GetCert's content, and GetCRL's.
[[nodiscard]] Bytes issuer_and_serial(ByteView issuer, ByteView serial);
// CertPoll's content.
[[nodiscard]] Bytes issuer_and_subject(ByteView issuer, const std::string& rfc4514);
[[nodiscard]] crypto::Pkcs10Spec scep_subject(const std::string& rfc4514,
                                              const std::string& challenge);

// The service at a path of a handler.
class ScepClient {
 public:
  explicit ScepClient(http::Handler& handler, std::string path = kScepPath)
      : handler_(handler), path_(std::move(path)) {}

  // The same client from another address, or through a proxy that names it.
  [[nodiscard]] ScepClient from(std::string peer, std::string forwarded_for = "") const;

  // The service's answer; throws after twenty seconds.
  [[nodiscard]] http::Response get(const std::string& query);
  [[nodiscard]] http::Response post(const Bytes& message);
  // As post(), without waiting.
  [[nodiscard]] std::future<http::Response> begin(const Bytes& message);
  // The first certificate of GetCACert; waits until there is one.
  [[nodiscard]] crypto::Certificate ra();

  [[nodiscard]] Bytes make(const ScepRequest& request);
  [[nodiscard]] ScepAnswer ask(const ScepRequest& request);
  // The message that make() builds around this envelope, whatever it holds.
  [[nodiscard]] static Bytes sign(const ScepRequest& request, const Bytes& envelope);
  // A message that make() made, as it is or bent.
  [[nodiscard]] ScepAnswer ask(const ScepRequest& request, const Bytes& message);

 private:
  [[nodiscard]] http::Request request(const std::string& method, const std::string& query) const;
  [[nodiscard]] http::Request operation(const Bytes& message) const;

  http::Handler& handler_;
  std::string path_;
  std::string peer_ = "192.0.2.1";
  std::string forwarded_for_;
};

// An enrollment with the first device's key.
[[nodiscard]] ScepRequest enrollment(const std::string& challenge,
                                     const std::string& subject = "CN=phone,O=Test",
                                     const std::string& transaction_id = "T1");

}  // namespace certconnector::app
