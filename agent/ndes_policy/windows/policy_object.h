// The COM object that NDES calls. No exception leaves it, and no call fails NDES: where the agent
// cannot be asked, a request is not verified.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "agent/ndes_policy/module_session.h"
#include "agent/ndes_policy/windows/ndes_policy_interface.h"

namespace certconnector::ndes_policy {

// Makes what Initialize begins; must not throw.
using OpenSession = std::function<std::unique_ptr<ModuleSession>()>;

// Of any apartment (threading model Both): it keeps no interface of COM's. Begins with one
// reference.
class PolicyObject final : public NdesPolicyInterface {
 public:
  explicit PolicyObject(OpenSession open) : open_(std::move(open)) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override;
  ULONG STDMETHODCALLTYPE Release() override;

  HRESULT STDMETHODCALLTYPE Initialize() override;
  // Calls that are under way end; no thread of ours is left.
  HRESULT STDMETHODCALLTYPE Uninitialize() override;
  HRESULT STDMETHODCALLTYPE GenerateChallenge(PCWSTR template_name, PCWSTR parameters,
                                              PWSTR* response) override;
  HRESULT STDMETHODCALLTYPE VerifyRequest(TransferBlob* request, TransferBlob* signer,
                                          PCWSTR template_name, PCWSTR transaction_id,
                                          BOOL* verified) override;
  HRESULT STDMETHODCALLTYPE Notify(PCWSTR challenge, PCWSTR transaction_id,
                                   ScepDisposition disposition, LONG last_hresult,
                                   TransferBlob* issued) override;

 private:
  class Call;
  ~PolicyObject();
  void end_session() noexcept;

  const OpenSession open_;
  std::atomic<ULONG> references_{1};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<ModuleSession> session_;  // between Initialize and Uninitialize
  unsigned calls_ = 0;                      // that use it
  bool ending_ = false;                     // no further ones
};

}  // namespace certconnector::ndes_policy
