// The hash algorithms of the signatures we make and take.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

struct evp_md_st;
struct evp_md_ctx_st;

namespace certconnector::crypto {

// SHA-1 is for SCEP messages of old devices alone, where a switch lets it in; nothing else takes
// it.
enum class HashAlgorithm { sha256, sha384, sha512, sha1 };

// Dotted OIDs of the hash, RFC 5754, and of RSA PKCS#1 v1.5 with it, RFC 4055 section 5.
[[nodiscard]] std::string_view hash_oid(HashAlgorithm algorithm);
[[nodiscard]] std::optional<HashAlgorithm> hash_from_oid(std::string_view oid);
[[nodiscard]] std::string_view rsa_signature_oid(HashAlgorithm algorithm);

// OpenSSL's implementation, fetched once for the process; never null.
[[nodiscard]] const evp_md_st* message_digest(HashAlgorithm algorithm);

struct HashValue {
  std::array<std::uint8_t, 64> octets{};
  std::size_t size = 0;

  [[nodiscard]] ByteView view() const { return {octets.data(), size}; }
};
[[nodiscard]] HashValue hash(HashAlgorithm algorithm, ByteView message);

// The hash of a message that comes in pieces. For one thread at a time.
class RunningHash {
 public:
  explicit RunningHash(HashAlgorithm algorithm);
  void add(ByteView piece);
  // Once, after the last piece.
  [[nodiscard]] HashValue finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace certconnector::crypto
