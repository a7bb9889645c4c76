// Sets up, tests and exports the CAs for a person, while the agent runs.
#pragma once

#include <string>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/crl_upload.h"
#include "agent/app/served_cas.h"
#include "agent/ca/backend.h"
#include "agent/control/ca_operations.h"
#include "common/time/stop.h"

namespace certconnector::app {

// Thread-safe.
class CaAdministration final : public control::CaOperations {
 public:
  // All outlive it. `stop` ends the checks of CAs.
  CaAdministration(ActiveConfiguration& active, ServedCas& cas, const ca::Backends& backends,
                   const ca::SetUpParts& set_up, core::CertificateStore& store, StopToken stop)
      : active_(active),
        cas_(cas),
        backends_(backends),
        set_up_(set_up),
        store_(store),
        stop_(std::move(stop)) {}

  Result<control::CreatedCa> create_ca(const control::CreateCa& request) override;
  Result<control::CreatedCa> import_ca(const control::ImportCa& request) override;
  Result<core::EarlierTaken> take_earlier(const control::EarlierRecords& records) override;
  // Opens a CA again that the agent does not serve, and serves it from then on.
  Status test_ca(const std::string& name) override;
  Result<std::vector<Bytes>> ca_chain(const std::string& name) override;
  Status publish_crl(const std::string& name) override;

 private:
  [[nodiscard]] Result<const ca::CaSetUp*> set_up_of(const ca::CaSection& section) const;
  // The answer to an import: whether the agent knows the CA's past.
  [[nodiscard]] Result<control::CreatedCa> past_of(const crypto::Certificate& certificate,
                                                   const control::ImportCa& request);
  // The CA whose records these are.
  [[nodiscard]] Result<crypto::Certificate> issuer_of(const control::EarlierRecords& records);

  ActiveConfiguration& active_;
  ServedCas& cas_;
  const ca::Backends& backends_;
  const ca::SetUpParts set_up_;
  core::CertificateStore& store_;
  const StopToken stop_;
  CrlUpload crl_upload_;
};

}  // namespace certconnector::app
