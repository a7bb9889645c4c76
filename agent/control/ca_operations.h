// The port through which the control server administers the CAs. agent/app implements it. Called
// from the control server's threads; thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/core/earlier_records.h"
#include "agent/core/job.h"
#include "agent/core/ports/certificate_store.h"
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
  bool examine = false;    // check it all, and change nothing
  // The person has given what another program knew of the CA, or there is nothing to give.
  bool past_is_told = false;
};
struct CreatedCa {
  std::string certificate_pem;  // root
  std::string request_pem;      // subordinate: for the company's root to sign
  core::CaFingerprint fingerprint;
  // Of an import: the agent has the records of this CA already, or the CA has no past.
  bool past_is_known = false;
  std::uint64_t certificates = 0;               // that the agent has of it
  std::vector<std::string> crl_addresses = {};  // of a root's certificate
  std::vector<std::string> limits = {};         // as core::CaDescription
};

// A part of the DER of a CRL; all parts of one have the same id and size.
struct CrlPart {
  std::string upload;  // the id; empty: there is no CRL
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // of the whole
  Bytes octets;
};
// What another program knew of a CA.
struct EarlierRecords {
  std::string ca;               // of its section
  std::string certificate_pem;  // of a CA that is not set up yet; empty: of the CA that is
  std::vector<Bytes> certificates;
  std::vector<core::EarlierRevocation> revocations;
  CrlPart crl;
};

class CaOperations {
 public:
  virtual ~CaOperations() = default;

  virtual Result<CreatedCa> create_ca(const CreateCa& request) = 0;
  // Errors: also past_missing. Another certificate for the name and key of the CA that is there
  // takes its place, and the CA keeps all records.
  virtual Result<CreatedCa> import_ca(const ImportCa& request) = 0;
  // Verifies and records them. Durable; the same again changes nothing. A CRL counts with its last
  // part; parts come in order, for one CRL at a time.
  virtual Result<core::EarlierTaken> take_earlier(const EarlierRecords& records) = 0;
  // Signs and verifies a probe and checks dates, CRL and certificate store. Leaves no certificate
  // behind.
  virtual Status test_ca(const std::string& name) = 0;
  // DER, issuing CA first.
  virtual Result<std::vector<Bytes>> ca_chain(const std::string& name) = 0;
  virtual Status publish_crl(const std::string& name) = 0;
};

}  // namespace certconnector::control
