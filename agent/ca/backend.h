// The descriptor of a kind of CA, its backend: a value in the one explicit list of agent/app. All
// differences between backends are behind it; no other code names a backend.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/ca/template_settings.h"
#include "agent/config/ca_options.h"
#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/key_source.h"
#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/text/byte_source.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::ca {

// A [ca.NAME] section with its templates.
struct CaSection {
  std::string name;
  std::string backend;
  std::size_t concurrency = 2;
  core::InDoubtPolicy in_doubt = core::InDoubtPolicy::resubmit;
  std::shared_ptr<const config::CaOptions> options;  // the backend's own
  std::vector<TemplateSettings> templates;           // those that this CA offers
  std::vector<std::string> ra_names;                 // RFC 4514: the agent's RAs, at any CA
};

// A CRL that was just published, or that the start found on disk: the octets of its file. DER.
// `name` is the CA's, with -K-of-N for a partition. Called from the publishing thread.
using CrlPublished = std::function<void(const std::string& name, SharedBytes crl)>;

// All outlive the CAs made with them.
struct CaBackendParts {
  core::KeySource& keys;
  core::CertificateStore& certificate_store;
  Clock& clock;
  log::Logger& log;
  CrlPublished crl_published;  // may be empty
  StopToken stop = {};         // of the agent: ends a wait for the CA
};

// A person's wishes for a new CA.
struct NewCa {
  std::string subject;  // RFC 4514, not empty
  crypto::KeySpec key;
  std::chrono::hours lifetime{24 * 3650};
};
// A CA from elsewhere: PKCS#12, or PEM of the certificates and the key, or of the certificates for
// a key that was made here.
struct BroughtCa {
  std::string certificate_pem;
  std::string key_pem;  // empty: made here
  Bytes pkcs12;         // instead of the two above
  std::string passphrase;
};

struct SetUpParts {
  core::KeySource& keys;
  const Clock& clock;
};

// For backends whose CA a person sets up through the agent. None of these replaces another CA
// (error exists). No error holds a key or passphrase.
struct CaSetUp {
  Result<crypto::Certificate> (*create_root)(const CaSection&, const NewCa&, const SetUpParts&);
  // PEM of a PKCS#10 request for another CA to sign.
  Result<std::string> (*create_request)(const CaSection&, const NewCa&, const SetUpParts&);
  // Another certificate for the name and key of the CA that is there takes its place.
  Result<crypto::Certificate> (*import)(const CaSection&, const BroughtCa&, const SetUpParts&);
  // All checks of import; changes nothing.
  Result<crypto::Certificate> (*examine)(const CaSection&, const BroughtCa&, const SetUpParts&);
};

// A file in a backup: its name there, below the CA's folder, and its place in use.
struct CaFile {
  std::string name;  // "key.pem"
  std::string path;
  bool secret = true;
  // The CA makes it again and again: the one in place is newer than a backup's.
  bool renewed = false;
  // A CA that has issued is lost without it.
  bool needed = false;
};

// What says that the CA has issued with a database, and the last CRL number in it.
struct IssuedWith {
  std::string file;  // empty: the CA does not say so
  std::uint64_t crl_number = 0;
  core::StoreMark database = {};
  std::string crl_file = {};  // the CRL that the CA has published; empty: there is none
};

struct Backend {
  config::CaBackendRules rules;  // its name and its keys
  // After fetch(). Errors: ca/not_set_up when a person has yet to set it up; otherwise why the
  // agent cannot serve it, and what to do next.
  Result<core::CaPorts> (*make)(const CaSection& section, const CaBackendParts& parts);
  const CaSetUp* set_up;  // null: the CA is set up elsewhere
  std::vector<CaFile> (*files_to_back_up)(const config::CaOptions& options);
  // Before the first use of the database. Error corrupt: the CA issued with another one, or with a
  // newer copy. Null: the CA does not depend on it.
  Status (*check_database)(const CaSection& section, core::CertificateStore& store);
  IssuedWith (*issued_with)(const config::CaOptions& options);
  // For --check-config: one error for each unusable file that the section names.
  std::vector<Error> (*unusable_files)(const CaSection& section, core::KeySource& keys);
  // For --check-config: a clause for each template that the CA's certificate does not let it issue,
  // with the remedy. The CA serves the others. Null: the CA decides by itself.
  std::vector<std::string> (*notes)(const CaSection& section) = nullptr;
  // Gets from the CA what make() reads in files. Waits for the CA, at most ten seconds, and ends
  // soon after `parts.stop`. Other threads fetch for other sections meanwhile. Null: nothing to
  // get.
  Status (*fetch)(const CaSection& section, const CaBackendParts& parts) = nullptr;
};
using Backends = std::vector<Backend>;

// The rules of all, for the configuration.
[[nodiscard]] config::CaBackendList rules_of(const Backends& backends);
// Null: no backend has this name.
[[nodiscard]] const Backend* find_backend(const Backends& backends, const std::string& name);

}  // namespace certconnector::ca
