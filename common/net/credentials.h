// The client's identity, the trust anchors for the server, and the proxy between them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/digest.h"
#include "common/crypto/key.h"
#include "common/crypto/system_trust.h"
#include "common/text/bytes.h"

namespace certconnector::net {

struct Identity {
  crypto::PrivateKey key;
  std::vector<Bytes> certificates;  // DER; the key's own first, then its chain without the root
};

// Exactly one of the three is set. The machine's own trust store is used only where it is `system`.
struct Trust {
  std::vector<Bytes> anchors;  // DER of root CA certificates
  std::optional<crypto::Sha256>
      pin;  // SHA-256 of the DER of a CA certificate that the server must present
  std::shared_ptr<const crypto::SystemTrust> system = nullptr;
};

struct Proxy {
  std::string url;   // "http://host:port"
  std::string user;  // empty: no login
  std::string password;
};

}  // namespace certconnector::net
