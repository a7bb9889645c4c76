// INDESPolicy, the interface of an NDES to its policy module, declared from its public
// documentation (Microsoft: certpol.h, "INDESPolicy interface"). mingw-w64 has none.
#pragma once

#include <windows.h>
#include <unknwn.h>

namespace certconnector::ndes_policy {

// CERTTRANSBLOB. The memory is the caller's, and only for the call.
struct TransferBlob {
  ULONG size;
  BYTE* data;
};

// X509SCEPDisposition.
enum ScepDisposition : LONG {
  kScepUnknown = -1,
  kScepSuccess = 0,
  kScepFailure = 2,
  kScepPending = 3,
  kScepPendingChallenge = 11
};

inline constexpr GUID kNdesPolicyIid = {
    0x13CA515D, 0x431D, 0x46CC, {0x8C, 0x2E, 0x1D, 0xA2, 0x69, 0xBB, 0xD6, 0x25}};

// In the order of the vtable. NDES frees the answer of GenerateChallenge with LocalFree.
class NdesPolicyInterface : public IUnknown {
 public:
  virtual HRESULT STDMETHODCALLTYPE Initialize() = 0;
  virtual HRESULT STDMETHODCALLTYPE Uninitialize() = 0;
  virtual HRESULT STDMETHODCALLTYPE GenerateChallenge(PCWSTR template_name, PCWSTR parameters,
                                                      PWSTR* response) = 0;
  // `signer`: null on a first request; of a renewal the certificate that signs it.
  virtual HRESULT STDMETHODCALLTYPE VerifyRequest(TransferBlob* request, TransferBlob* signer,
                                                  PCWSTR template_name, PCWSTR transaction_id,
                                                  BOOL* verified) = 0;
  virtual HRESULT STDMETHODCALLTYPE Notify(PCWSTR challenge, PCWSTR transaction_id,
                                           ScepDisposition disposition, LONG last_hresult,
                                           TransferBlob* issued) = 0;

 protected:
  ~NdesPolicyInterface() = default;
};

// Our class.
inline constexpr GUID kPolicyModuleClsid = {
    0x5B1E6D1C, 0x1B0A, 0x4C7E, {0x9E, 0x34, 0x6B, 0x0F, 0x52, 0xD8, 0xA7, 0x41}};
inline constexpr const wchar_t* kPolicyModuleProgId = L"CertificateConnector.NdesPolicy.1";

}  // namespace certconnector::ndes_policy
