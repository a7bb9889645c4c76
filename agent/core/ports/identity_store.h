// The identity store port: the agent's client certificate and key, on disk and in use.
#pragma once

#include <optional>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::core {

struct Identity {
  crypto::PrivateKey key;
  std::vector<crypto::Certificate> chain;  // the agent's certificate first
};

// Thread-safe.
class IdentityStore {
 public:
  virtual ~IdentityStore() = default;

  // Nothing when there is none yet. Errors: permanent (unreadable, not a key, not a certificate).
  virtual Result<std::optional<Identity>> load() = 0;
  // Replaces the identity atomically and durably: after a crash there is the old one or the new
  // one, whole.
  virtual Status save(const Identity& identity) = 0;
  // New requests use it from now on; those under way end with the old one.
  virtual Status activate(const Identity& identity) = 0;

  // The key of a renewal under way, kept until save(): after a lost answer or a restart the same
  // key is sent again, and the endpoint answers with the same certificate.
  virtual Result<std::optional<crypto::PrivateKey>> load_next_key() = 0;
  virtual Status save_next_key(const crypto::PrivateKey& key) = 0;
};

}  // namespace certconnector::core
