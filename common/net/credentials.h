// The client's identity, the trust anchors for the server, and the proxy between them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/key.h"
#include "common/text/bytes.h"

namespace certconnector::net {

struct Identity {
  crypto::PrivateKey key;
  std::vector<Bytes> certificates;  // DER; the key's own first, then its chain without the root
};

// Exactly one of the two is set. The machine's own trust store is never used.
struct Trust {
  std::vector<Bytes> anchors;  // DER of root CA certificates
  std::optional<crypto::Sha256>
      pin;  // SHA-256 of the DER of a CA certificate that the server must present
};

struct Proxy {
  std::string url;   // "http://host:port"
  std::string user;  // empty: no login
  std::string password;
};

}  // namespace certconnector::net
