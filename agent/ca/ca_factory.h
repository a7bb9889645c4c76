// Makes the issuing CAs that the configuration names: the one place that knows which backends there
// are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/ca/local/local_ca_settings.h"
#include "agent/core/ports/certificate_authority.h"
#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/key_source.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// A [ca.NAME] section.
struct CaBackendSettings {
  std::string name;
  std::string backend = "local";
  std::size_t concurrency = 2;
  std::size_t batch = 50;
  core::InDoubtPolicy in_doubt = core::InDoubtPolicy::resubmit;
  LocalCaSettings local;  // with backend "local"
};

// A CRL that was just published, or was found on disk at start. DER. Called from the publishing
// thread.
using CrlPublished = std::function<void(const std::string& ca, std::shared_ptr<const Bytes> crl)>;

// All outlive the authorities made with them.
struct CaBackendParts {
  core::KeySource& keys;
  core::CertificateStore& inventory;
  Clock& clock;
  log::Logger& log;
  CrlPublished crl_published;  // may be empty
};

// Errors: ca/not_set_up when a local CA has no key and certificate yet; ca/unknown_backend;
// ca/bad_template; ca/bad_certificate when key, certificate and chain do not fit together or have
// expired. All permanent, with what to do next.
[[nodiscard]] Result<core::CaPorts> make_ca(const CaBackendSettings& settings,
                                            const CaBackendParts& parts);

}  // namespace certconnector::ca
