// Private keys behind an opaque handle. Copies share one key. Thread-safe to sign with from many
// threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/crypto/key_handle.h"
#include "common/crypto/message_digest.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

enum class KeyKind { rsa, ec };

struct KeySpec {
  KeyKind kind = KeyKind::rsa;
  int bits = 2048;  // RSA: 2048 to 8192; EC: 256, 384 or 521 (the NIST curves)
};

class PrivateKey {
 public:
  // Takes one reference of `key`, which is RSA or EC and not null.
  explicit PrivateKey(evp_pkey_st* key);

  // Errors: unsupported (another size or curve).
  [[nodiscard]] static Result<PrivateKey> generate(const KeySpec& spec);
  // PKCS#8 or traditional PEM; `passphrase` for an encrypted one, else empty. The passphrase
  // callback never prompts. Errors: malformed, wrong_passphrase, and weak or unsupported for keys
  // that generate() would not make.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem,
                                                   std::string_view passphrase = {});

  [[nodiscard]] Result<std::string> to_pkcs8_pem()
      const;  // not encrypted: goes into a 0600 file only
  // The same key behind another handle of OpenSSL's: its RSA blinding and its caches sit behind
  // locks of the handle, which threads that sign would fight for. A key that lives in hardware
  // cannot be copied, and is shared.
  [[nodiscard]] PrivateKey copy() const;
  [[nodiscard]] const Bytes& public_key_info()
      const;  // DER SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7
  [[nodiscard]] KeyKind kind() const;
  [[nodiscard]] int bits() const;
  [[nodiscard]] evp_pkey_st* native() const { return state_->key.get(); }

 private:
  struct State {
    KeyHandle key;
    Bytes public_key_info;
    KeyKind kind = KeyKind::rsa;
    int bits = 0;
  };
  std::shared_ptr<const State> state_;
};

// Signs many messages with one key at the cost of the signatures alone: OpenSSL's context is set up
// once. For one thread at a time; a thread makes its own.
class Signer {
 public:
  [[nodiscard]] static Result<Signer> create(const PrivateKey& key);
  [[nodiscard]] static Result<Signer> create(const PrivateKey& key, HashAlgorithm hash);

  // As the free function below, or with the hash that was given.
  [[nodiscard]] Result<Bytes> sign(ByteView message);
  // The same for a message that came in pieces; `digest` is its hash by hash_algorithm().
  [[nodiscard]] Result<Bytes> sign_hash(const HashValue& digest);
  [[nodiscard]] HashAlgorithm hash_algorithm() const { return hash_; }

 private:
  Signer(PrivateKey key, HashAlgorithm hash) : key_(std::move(key)), hash_(hash) {}

  PrivateKey key_;
  HashAlgorithm hash_;
  KeyContextHandle context_;
  std::size_t max_size_ = 0;
};

// Signs with SHA-256 (P-384: SHA-384, P-521: SHA-512); RSA is PKCS#1 v1.5, RFC 8017 section 8.2;
// ECDSA is DER-encoded.
[[nodiscard]] Result<Bytes> sign(const PrivateKey& key, ByteView message);
// The DER AlgorithmIdentifier of the signatures that sign() makes with this key, RFC 4055 and RFC
// 5758.
[[nodiscard]] Result<Bytes> signature_algorithm(const PrivateKey& key);

}  // namespace certconnector::crypto
