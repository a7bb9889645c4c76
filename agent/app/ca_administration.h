// Sets up, tests and exports the CAs for a person, while the agent runs.
#pragma once

#include <string>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/crl_upload.h"
#include "agent/app/served_cas.h"
#include "agent/ca/backend.h"
#include "agent/control/ca_operations.h"
#include "agent/jobs/operating_mode.h"
#include "common/time/stop.h"

namespace certconnector::app {

// All outlive the object.
struct CaAdministrationParts {
  ActiveConfiguration& active;
  ServedCas& cas;
  const ca::Backends& backends;
  const ca::SetUpParts set_up;
  core::CertificateStore& store;
  const jobs::OperatingMode& operating_mode;
  StopToken stop;  // ends the checks of CAs
};

// Thread-safe.
class CaAdministration final : public control::CaOperations {
 public:
  explicit CaAdministration(CaAdministrationParts parts) : parts_(std::move(parts)) {}

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

  // While the clock is wrong, nothing is signed: its dates would be wrong.
  [[nodiscard]] Status require_clock() const;

  const CaAdministrationParts parts_;
  CrlUpload crl_upload_;
};

}  // namespace certconnector::app
