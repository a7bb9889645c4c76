// A small PKI made in memory with OpenSSL's own X509 functions, so that tests do not check our code
// with our code.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::testing {

struct CertificateSpec {
  std::string subject = "CN=test";  // RFC 4514
  bool ca = false;
  int path_length = -1;  // CA only; -1: no limit
  // In OpenSSL's configuration syntax; empty: the extension is left out.
  std::string key_usage;           // "digitalSignature,keyEncipherment"
  std::string extended_key_usage;  // "clientAuth,serverAuth"
  std::string subject_alt_names;   // "DNS:localhost,IP:127.0.0.1"
  Timestamp not_before = FakeClock::kStart - std::chrono::hours(24 * 365 * 10);
  Timestamp not_after = FakeClock::kStart + std::chrono::hours(24 * 365 * 20);
  Bytes serial{};  // big-endian magnitude; empty: a random one
  // Extensions that this syntax cannot express: OID and value.
  std::vector<std::pair<std::string, Bytes>> raw_extensions{};
  std::vector<std::pair<std::string, Bytes>> critical_extensions{};  // the same, critical
};

// A certificate with its key. Copies share the key.
struct Credential {
  crypto::PrivateKey key;
  crypto::Certificate certificate;

  [[nodiscard]] std::string key_pem() const;
};

// Both throw std::runtime_error when OpenSSL refuses, which fails the test. `key`: one to use
// instead of a new P-256.
[[nodiscard]] Credential make_self_signed(const CertificateSpec& spec,
                                          crypto::KeySpec key = {crypto::KeyKind::ec, 256});
[[nodiscard]] Credential issue(const Credential& issuer, const CertificateSpec& spec,
                               crypto::KeySpec key = {crypto::KeyKind::ec, 256});
[[nodiscard]] crypto::Certificate issue_for_key(const Credential& issuer,
                                                const CertificateSpec& spec,
                                                const crypto::PrivateKey& key);

// The same for a SubjectPublicKeyInfo.
[[nodiscard]] crypto::Certificate issue_for_public_key(const Credential& issuer,
                                                       const CertificateSpec& spec,
                                                       const Bytes& public_key_info);

// `der` with the last bit of its signature flipped, which is the last of its bytes.
[[nodiscard]] Bytes with_bent_signature(Bytes der);

// Root -> intermediate -> server (localhost, 127.0.0.1) and client, all P-256. Valid around both
// FakeClock::kStart and the real present, so that real TLS accepts them.
class TestPki {
 public:
  TestPki();

  [[nodiscard]] const Credential& root() const { return root_; }
  [[nodiscard]] const Credential& intermediate() const { return intermediate_; }
  [[nodiscard]] const Credential& server() const { return server_; }
  [[nodiscard]] const Credential& client() const { return client_; }
  // Leaf first, then the intermediate.
  [[nodiscard]] std::string server_chain_pem() const;
  [[nodiscard]] std::string client_chain_pem() const;

  // Writes root.pem, intermediate.pem, server.pem (chain), server.key.pem, client.pem (chain),
  // client.key.pem.
  void write_to(const TempDirectory& directory) const;

 private:
  Credential root_;
  Credential intermediate_;
  Credential server_;
  Credential client_;
};

// A PKCS#12 file, AES-encrypted as OpenSSL's default is.
[[nodiscard]] Bytes make_pkcs12(const Credential& leaf,
                                const std::vector<crypto::Certificate>& chain,
                                const std::string& passphrase);

}  // namespace certconnector::testing
