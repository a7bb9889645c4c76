// The COM objects of one thread, for one CA.
#pragma once

#include <windows.h>
#include <certadm.h>
#include <certcli.h>
#include <certview.h>

#include <string>

#include "agent/ca/adcs/call_workers.h"
#include "agent/ca/adcs/certificate_services.h"
#include "agent/ca/adcs/windows/com.h"

namespace certconnector::ca {

// On one thread, which it puts into the multithreaded apartment. Objects are made with their first
// use: a machine without certadm.dll can submit. ICertAdmin keeps the CA that it was first asked
// about, so that one object is for one CA.
class ComTools final : public WorkerTools {
 public:
  explicit ComTools(const std::string& config_string);
  ~ComTools() override;
  ComTools(const ComTools&) = delete;
  ComTools& operator=(const ComTools&) = delete;

  // As the port; they answer hresult::kOk, or what the call ended with.
  Hresult submit(ByteView pkcs10, const std::string& attributes, RequestState& state);
  Hresult retrieve(const std::string& request_id, RequestState& state);
  Hresult find(const core::IdempotencyKey& job, Timestamp since, std::vector<FoundRequest>& found);
  Hresult standing(const std::string& serial, Standing& standing);
  Hresult revoke(const std::string& serial, std::uint32_t reason);
  Hresult chain(std::vector<Bytes>& certificates);
  Hresult probe();

 private:
  Hresult request_object();
  Hresult admin_object();
  // The state of the request that the last call was about.
  Hresult read_state(LONG disposition, RequestState& state);

  const Hresult apartment_;
  const Bstr config_;
  ComPtr<ICertRequest2> request_;
  ComPtr<ICertAdmin> admin_;
};

}  // namespace certconnector::ca
