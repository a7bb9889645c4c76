#include "agent/ca/adcs/windows/com_tools.h"

#include <wincrypt.h>

#include <algorithm>

#include "agent/ca/adcs/windows/adcs_classes.h"
#include "agent/ca/adcs/windows/request_view.h"
#include "agent/platform/windows/wide.h"
#include "common/crypto/windows/cert_store_ptr.h"

namespace certconnector::ca {
namespace {

constexpr LONG kConnectOnly = 0x800000;  // CR_IN_CONNECTONLY, which mingw's certcli.h lacks
constexpr LONG kHoldReason = 6;

Hresult make(REFCLSID clsid, REFIID iid, void** object) {
  return result_of(::CoCreateInstance(clsid, nullptr, CLSCTX_ALL, iid, object));
}

// The certificates of a PKCS#7, as the CA gives its chain.
std::vector<Bytes> certificates_in(const Bytes& pkcs7) {
  std::vector<Bytes> certificates;
  Bytes octets = pkcs7;
  CRYPT_DATA_BLOB blob{static_cast<DWORD>(octets.size()), octets.data()};
  const crypto::CertStorePtr store(
      ::CertOpenStore(CERT_STORE_PROV_PKCS7, PKCS_7_ASN_ENCODING | X509_ASN_ENCODING, 0, 0, &blob));
  if (store == nullptr) return certificates;
  PCCERT_CONTEXT one = nullptr;
  while ((one = ::CertEnumCertificatesInStore(store.get(), one)) != nullptr) {
    certificates.emplace_back(one->pbCertEncoded, one->pbCertEncoded + one->cbCertEncoded);
  }
  return certificates;
}

}  // namespace

ComTools::ComTools(const std::string& config_string)
    : apartment_(result_of(::CoInitializeEx(nullptr, COINIT_MULTITHREADED))),
      config_(platform::wide(config_string)) {}

ComTools::~ComTools() {
  request_.reset();
  admin_.reset();
  if (apartment_ == hresult::kOk) ::CoUninitialize();
}

Hresult ComTools::request_object() {
  if (apartment_ != hresult::kOk || request_) return apartment_;
  return make(kCertRequestClass, kCertRequest2, reinterpret_cast<void**>(request_.out()));
}

Hresult ComTools::admin_object() {
  if (apartment_ != hresult::kOk || admin_) return apartment_;
  return make(kCertAdminClass, kCertAdmin, reinterpret_cast<void**>(admin_.out()));
}

Hresult ComTools::submit(ByteView pkcs10, const std::string& attributes, RequestState& state) {
  if (const Hresult failed = request_object()) return failed;
  const Bstr request(pkcs10);
  const Bstr lines(platform::wide(attributes));
  LONG disposition = 0;
  const HRESULT result = request_->Submit(CR_IN_BINARY | CR_IN_PKCS10, request.get(), lines.get(),
                                          config_.get(), &disposition);
  return FAILED(result) ? result_of(result) : read_state(disposition, state);
}

Hresult ComTools::retrieve(const std::string& request_id, RequestState& state) {
  if (const Hresult failed = request_object()) return failed;
  LONG disposition = 0;
  const LONG id = static_cast<LONG>(std::strtol(request_id.c_str(), nullptr, 10));
  const HRESULT result = request_->RetrievePending(id, config_.get(), &disposition);
  return FAILED(result) ? result_of(result) : read_state(disposition, state);
}

Hresult ComTools::read_state(LONG disposition, RequestState& state) {
  state.disposition = static_cast<RequestDisposition>(disposition);
  LONG id = 0;
  if (SUCCEEDED(request_->GetRequestId(&id)) && id > 0) state.request_id = std::to_string(id);
  LONG status = 0;
  if (SUCCEEDED(request_->GetLastStatus(&status))) state.status = static_cast<Hresult>(status);
  Bstr message;
  if (SUCCEEDED(request_->GetDispositionMessage(message.out()))) state.message = message.utf8();
  const bool issued = state.disposition == RequestDisposition::issued ||
                      state.disposition == RequestDisposition::issued_out_of_band;
  Bstr certificate;
  // One that cannot be had now is asked for later: the request is known.
  if (issued && SUCCEEDED(request_->GetCertificate(CR_OUT_BINARY, certificate.out()))) {
    state.certificate = certificate.octets();
  }
  return hresult::kOk;
}

Hresult ComTools::find(const core::IdempotencyKey& job, Timestamp since,
                       std::vector<FoundRequest>& found) {
  if (apartment_ != hresult::kOk) return apartment_;
  ComPtr<ICertView> view;
  if (const Hresult failed =
          make(kCertViewClass, kCertView, reinterpret_cast<void**>(view.out()))) {
    return failed;
  }
  return find_requests(*view.get(), config_, {job, since}, found);
}

Hresult ComTools::standing(const std::string& serial, Standing& standing) {
  if (const Hresult failed = admin_object()) return failed;
  const Bstr number(platform::wide(serial));
  LONG disposition = 0;
  const HRESULT result = admin_->IsValidCertificate(config_.get(), number.get(), &disposition);
  if (result_of(result) == hresult::kPropertyEmpty) return hresult::kOk;  // never issued
  if (FAILED(result)) return result_of(result);
  if (disposition == CA_DISP_VALID) standing = Standing::in_force;
  if (disposition != CA_DISP_REVOKED) return hresult::kOk;
  standing = Standing::revoked;
  LONG reason = 0;
  if (SUCCEEDED(admin_->GetRevocationReason(&reason)) && reason == kHoldReason) {
    standing = Standing::on_hold;
  }
  return hresult::kOk;
}

Hresult ComTools::revoke(const std::string& serial, std::uint32_t reason) {
  if (const Hresult failed = admin_object()) return failed;
  const Bstr number(platform::wide(serial));
  constexpr DATE kNow = 0;
  return result_of(
      admin_->RevokeCertificate(config_.get(), number.get(), static_cast<LONG>(reason), kNow));
}

Hresult ComTools::chain(std::vector<Bytes>& certificates) {
  if (const Hresult failed = request_object()) return failed;
  Bstr answer;
  const HRESULT result =
      request_->GetCACertificate(FALSE, config_.get(), CR_OUT_BINARY | CR_OUT_CHAIN, answer.out());
  if (SUCCEEDED(result)) certificates = certificates_in(answer.octets());
  return result_of(result);
}

Hresult ComTools::probe() {
  if (const Hresult failed = request_object()) return failed;
  const Bstr nothing((std::wstring()));
  LONG disposition = 0;
  return result_of(request_->Submit(kConnectOnly | CR_IN_BINARY | CR_IN_PKCS10, nothing.get(),
                                    nothing.get(), config_.get(), &disposition));
}

}  // namespace certconnector::ca
