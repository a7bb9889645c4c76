// The endpoint's own key for signed challenges, P-256, and the challenges it signs. Plain OpenSSL,
// on purpose nothing of common/crypto or proto/challenge.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::endpoint {

class ChallengeMint {
 public:
  // Reads challenge_key.pem (0600) and challenge_key_before.pem, a public key, of the directory;
  // makes the first when it is not there.
  [[nodiscard]] static Result<ChallengeMint> open(const std::string& state_dir);

  // Sixteen hex digits.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  // "PUBLIC KEY" of the key, and of the one before it: its challenges are good until they expire.
  [[nodiscard]] std::string trusted_keys_pem() const { return public_pem_ + before_pem_; }

  // The token, a secret. Errors: malformed (more than the 2,048 characters that clients take).
  [[nodiscard]] Result<std::string> sign(const nlohmann::json& claims) const;
  // Of the present key and the one before it.
  [[nodiscard]] bool knows(const std::string& key_id) const;
  [[nodiscard]] bool has_signed(const std::string& key_id, const std::string& payload,
                                ByteView signature) const;
  // Signs with a new key from now on. The key before the present one is trusted no more.
  [[nodiscard]] Status roll();

 private:
  explicit ChallengeMint(std::string state_dir) : state_dir_(std::move(state_dir)) {}
  [[nodiscard]] Status use(std::shared_ptr<EVP_PKEY> key);
  [[nodiscard]] Status remember(std::string pem);

  std::string state_dir_;
  std::shared_ptr<EVP_PKEY> key_, key_before_;  // the second a public key; null: none
  std::string key_id_, public_pem_, id_before_, before_pem_;
};

}  // namespace certconnector::endpoint
