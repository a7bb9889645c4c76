// The port through which the control server administers the CAs. agent/app implements it. Called
// from the control server's threads; thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::control {

enum class CaKind { root, subordinate_request };
struct CreateCa {
  std::string name;  // of its [ca.NAME] section in the configuration
  CaKind kind = CaKind::root;
  std::string subject;  // RFC 4514
  crypto::KeySpec key;
  std::chrono::hours lifetime{24 * 3650};
};
struct ImportCa {
  std::string name;
  // The CA's certificate and its chain; for a subordinate the answer to its request.
  std::string certificate_pem;
  std::string key_pem;     // empty for a subordinate whose key was made here
  Bytes pkcs12;            // instead of the two above
  std::string passphrase;  // a secret
};
struct CreatedCa {
  std::string certificate_pem;  // root
  std::string request_pem;      // subordinate: for the company's root to sign
  core::CaFingerprint fingerprint;
};

class CaOperations {
 public:
  virtual ~CaOperations() = default;

  virtual Result<CreatedCa> create_ca(const CreateCa& request) = 0;
  virtual Result<CreatedCa> import_ca(const ImportCa& request) = 0;
  // Signs and verifies a probe and checks dates, CRL and certificate store. Leaves no certificate
  // behind.
  virtual Status test_ca(const std::string& name) = 0;
  // DER, issuing CA first.
  virtual Result<std::vector<Bytes>> ca_chain(const std::string& name) = 0;
  virtual Status publish_crl(const std::string& name) = 0;
};

}  // namespace certconnector::control
