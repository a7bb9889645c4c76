// What CertGetCertificateChain says. Apart from OpenSSL, whose names wincrypt.h takes.
#pragma once

#include <vector>

#include "common/text/bytes.h"

namespace certconnector::crypto {

struct MachineChain {
  Bytes root;  // DER; empty: the machine trusts none that stands behind the certificate
  std::vector<Bytes> issuers;  // between the certificate and the root
};

// Of the machine's roots, those that Windows fetches on demand included. `sent`: what the server
// sent beside its certificate. Asks for no revocation, and for no name. Blocks for seconds at most.
[[nodiscard]] MachineChain machine_chain(const Bytes& server, const std::vector<Bytes>& sent);

}  // namespace certconnector::crypto
