// The server's TLS: 1.2 and up, its certificate together with the CA's, client certificates asked
// for.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"
#include "tests/endpoint/own_ca.h"

namespace boost::asio::ssl {
class context;
}

namespace certconnector::endpoint {

struct TlsOptions {
  ServerCertificateOptions server;
  std::string extra_client_ca_file;  // PEM; CAs of agents that use another CA; may be empty
  bool only_tls_1_1 = false;         // for tests of clients that must refuse it
};

// A client may come without a certificate (enrollment); one that it shows must verify, dates
// included.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const OwnCa& ca, const TlsOptions& options);

}  // namespace certconnector::endpoint
