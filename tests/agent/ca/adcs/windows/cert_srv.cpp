#include "tests/agent/ca/adcs/windows/cert_srv.h"

#include <certadm.h>
#include <certcli.h>
#include <certview.h>
#include <wincrypt.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "agent/ca/adcs/windows/adcs_classes.h"
#include "agent/ca/adcs/windows/com.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::ca::testing {
namespace {

HRESULT hresult_of(Hresult result) { return static_cast<HRESULT>(result); }

BSTR bstr_of(const std::string& text) {
  const std::wstring wide = platform::wide(text);
  return ::SysAllocStringLen(wide.data(), static_cast<UINT>(wide.size()));
}

BSTR bstr_of(const Bytes& octets) {
  return ::SysAllocStringByteLen(reinterpret_cast<LPCSTR>(octets.data()),
                                 static_cast<UINT>(octets.size()));
}

std::string text_of(const BSTR text) {
  return text == nullptr ? "" : platform::narrow(std::wstring(text, ::SysStringLen(text)));
}

Bytes octets_of(const BSTR text) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(text);
  return text == nullptr ? Bytes() : Bytes(first, first + ::SysStringByteLen(text));
}

// What every object of COM is. Interface: one that is derived from IDispatch, which nobody uses.
template <typename Self, typename Interface>
class Object : public Interface {
 public:
  explicit Object(REFIID iid) : iid_(iid) {}

  HRESULT WINAPI QueryInterface(REFIID iid, void** object) override {
    const bool known = ::IsEqualGUID(iid, iid_) || ::IsEqualGUID(iid, IID_IUnknown) ||
                       ::IsEqualGUID(iid, IID_IDispatch);
    *object = known ? static_cast<Interface*>(this) : nullptr;
    if (!known) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  ULONG WINAPI AddRef() override { return ++references_; }
  ULONG WINAPI Release() override {
    const ULONG left = --references_;
    if (left == 0) delete static_cast<Self*>(this);
    return left;
  }
  HRESULT WINAPI GetTypeInfoCount(UINT*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT WINAPI GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID*) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*,
                        UINT*) override {
    return E_NOTIMPL;
  }

 protected:
  ~Object() = default;

 private:
  const IID iid_;
  std::atomic<ULONG> references_{1};
};

bool is_ours(const BSTR config) { return text_of(config) == AdcsModel::kConfigString; }

constexpr HRESULT kNoSuchCa = static_cast<HRESULT>(0x80070002);

// PKCS#7 of certificates alone, as a CA gives its chain.
Bytes pkcs7_of(const std::vector<crypto::Certificate>& certificates) {
  HCERTSTORE store = ::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr);
  for (const auto& one : certificates) {
    const Bytes& der = one.der();
    ::CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der.data(),
                                       static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS,
                                       nullptr);
  }
  CRYPT_DATA_BLOB blob{0, nullptr};
  constexpr DWORD kEncoding = PKCS_7_ASN_ENCODING | X509_ASN_ENCODING;
  ::CertSaveStore(store, kEncoding, CERT_STORE_SAVE_AS_PKCS7, CERT_STORE_SAVE_TO_MEMORY, &blob, 0);
  Bytes octets(blob.cbData);
  blob.pbData = octets.data();
  ::CertSaveStore(store, kEncoding, CERT_STORE_SAVE_AS_PKCS7, CERT_STORE_SAVE_TO_MEMORY, &blob, 0);
  ::CertCloseStore(store, 0);
  return octets;
}

class RequestObject final : public Object<RequestObject, ICertRequest2> {
 public:
  explicit RequestObject(CertSrv& server) : Object(kCertRequest2), server_(server) {}

  HRESULT WINAPI Submit(LONG flags, const BSTR request, const BSTR attributes, const BSTR config,
                        LONG* disposition) override {
    constexpr LONG kConnectOnly = 0x800000;
    if (!is_ours(config)) return kNoSuchCa;
    if ((flags & kConnectOnly) != 0) return hresult_of(server_.model().probe());
    if (flags != (CR_IN_BINARY | CR_IN_PKCS10)) return E_INVALIDARG;
    server_.pass();
    state_ = {};
    const Hresult result = server_.model().submit(octets_of(request), text_of(attributes), state_);
    *disposition = static_cast<LONG>(state_.disposition);
    return hresult_of(result);
  }
  HRESULT WINAPI RetrievePending(LONG id, const BSTR config, LONG* disposition) override {
    if (!is_ours(config)) return kNoSuchCa;
    state_ = {};
    const Hresult result = server_.model().retrieve(std::to_string(id), state_);
    *disposition = static_cast<LONG>(state_.disposition);
    return hresult_of(result);
  }
  HRESULT WINAPI GetLastStatus(LONG* status) override {
    *status = static_cast<LONG>(state_.status);
    return S_OK;
  }
  HRESULT WINAPI GetRequestId(LONG* id) override {
    *id = state_.request_id.empty() ? 0 : std::stol(state_.request_id);
    return S_OK;
  }
  HRESULT WINAPI GetDispositionMessage(BSTR* message) override {
    *message = bstr_of(state_.message);
    return S_OK;
  }
  HRESULT WINAPI GetCACertificate(LONG, const BSTR config, LONG flags, BSTR* certificate) override {
    if (!is_ours(config)) return kNoSuchCa;
    if (flags != (CR_OUT_BINARY | CR_OUT_CHAIN)) return E_INVALIDARG;
    *certificate = bstr_of(pkcs7_of(server_.model().chain()));
    return S_OK;
  }
  HRESULT WINAPI GetCertificate(LONG, BSTR* certificate) override {
    *certificate = bstr_of(state_.certificate);
    return S_OK;
  }
  HRESULT WINAPI GetIssuedCertificate(const BSTR, LONG, const BSTR, LONG*) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI GetErrorMessageText(LONG, LONG, BSTR*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetCAProperty(const BSTR, LONG, LONG, LONG, LONG, VARIANT*) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI GetCAPropertyFlags(const BSTR, LONG, LONG*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetCAPropertyDisplayName(const BSTR, LONG, BSTR*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetFullResponseProperty(LONG, LONG, LONG, LONG, VARIANT*) override {
    return E_NOTIMPL;
  }

 private:
  CertSrv& server_;
  RequestState state_;
};

class AdminObject final : public Object<AdminObject, ICertAdmin> {
 public:
  explicit AdminObject(CertSrv& server) : Object(kCertAdmin), server_(server) {}

  HRESULT WINAPI IsValidCertificate(const BSTR config, const BSTR serial, LONG* out) override {
    if (!is_ours(config)) return kNoSuchCa;
    const Hresult result = server_.model().standing(text_of(serial), standing_);
    switch (standing_) {
      case Standing::in_force:
        *out = CA_DISP_VALID;
        break;
      case Standing::never_issued:
        *out = CA_DISP_INVALID;
        break;
      default:
        *out = CA_DISP_REVOKED;
    }
    return hresult_of(result);
  }
  HRESULT WINAPI GetRevocationReason(LONG* reason) override {
    *reason = standing_ == Standing::on_hold ? 6 : 1;
    return S_OK;
  }
  HRESULT WINAPI RevokeCertificate(const BSTR config, const BSTR serial, LONG reason,
                                   DATE date) override {
    if (!is_ours(config)) return kNoSuchCa;
    if (date != 0) return E_INVALIDARG;
    return hresult_of(server_.model().revoke(text_of(serial), static_cast<std::uint32_t>(reason)));
  }
  HRESULT WINAPI SetRequestAttributes(const BSTR, LONG, const BSTR) override { return E_NOTIMPL; }
  HRESULT WINAPI SetCertificateExtension(const BSTR, LONG, const BSTR, LONG, LONG,
                                         const VARIANT*) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI DenyRequest(const BSTR, LONG) override { return E_NOTIMPL; }
  HRESULT WINAPI ResubmitRequest(const BSTR, LONG, LONG*) override { return E_NOTIMPL; }
  HRESULT WINAPI PublishCRL(const BSTR, DATE) override { return E_NOTIMPL; }
  HRESULT WINAPI GetCRL(const BSTR, LONG, BSTR*) override { return E_NOTIMPL; }
  HRESULT WINAPI ImportCertificate(const BSTR, const BSTR, LONG, LONG*) override {
    return E_NOTIMPL;
  }

 private:
  CertSrv& server_;
  Standing standing_ = Standing::never_issued;
};

using ModelRow = AdcsModel::DatabaseRow;

// The columns of one row, in the order in which they were asked for.
class ColumnObject final : public Object<ColumnObject, IEnumCERTVIEWCOLUMN> {
 public:
  ColumnObject(std::vector<std::string> names, ModelRow row)
      : Object(kUnused), names_(std::move(names)), row_(std::move(row)) {}

  HRESULT WINAPI Next(LONG* index) override {
    *index = ++at_ < static_cast<LONG>(names_.size()) ? at_ : -1;
    return *index < 0 ? S_FALSE : S_OK;
  }
  HRESULT WINAPI GetName(BSTR* name) override {
    *name = bstr_of(current());
    return S_OK;
  }
  HRESULT WINAPI GetValue(LONG flags, VARIANT* value) override {
    if (flags != CV_OUT_BINARY) return E_INVALIDARG;
    value->vt = VT_I4;
    if (current() == "Request.RequestID") {
      value->lVal = row_.id;
    } else if (current() == "Request.Disposition") {
      value->lVal = row_.disposition;
    } else {
      value->vt = VT_BSTR;
      value->bstrVal =
          current() == "Request.RawRequest" ? bstr_of(row_.pkcs10) : bstr_of(row_.attributes);
    }
    return S_OK;
  }
  HRESULT WINAPI GetDisplayName(BSTR*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetType(LONG*) override { return E_NOTIMPL; }
  HRESULT WINAPI IsIndexed(LONG*) override { return E_NOTIMPL; }
  HRESULT WINAPI GetMaxLength(LONG*) override { return E_NOTIMPL; }
  HRESULT WINAPI Skip(LONG) override { return E_NOTIMPL; }
  HRESULT WINAPI Reset() override { return E_NOTIMPL; }
  HRESULT WINAPI Clone(IEnumCERTVIEWCOLUMN**) override { return E_NOTIMPL; }

 private:
  static constexpr IID kUnused{};
  [[nodiscard]] const std::string& current() const {
    return names_.at(static_cast<std::size_t>(at_));
  }

  const std::vector<std::string> names_;
  const ModelRow row_;
  LONG at_ = -1;
};

class RowObject final : public Object<RowObject, IEnumCERTVIEWROW> {
 public:
  RowObject(std::vector<std::string> names, std::vector<ModelRow> rows)
      : Object(kUnused), names_(std::move(names)), rows_(std::move(rows)) {}

  HRESULT WINAPI Next(LONG* index) override {
    *index = ++at_ < static_cast<LONG>(rows_.size()) ? at_ : -1;
    return *index < 0 ? S_FALSE : S_OK;
  }
  HRESULT WINAPI EnumCertViewColumn(IEnumCERTVIEWCOLUMN** columns) override {
    *columns = new ColumnObject(names_, rows_.at(static_cast<std::size_t>(at_)));
    return S_OK;
  }
  HRESULT WINAPI EnumCertViewAttribute(LONG, IEnumCERTVIEWATTRIBUTE**) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI EnumCertViewExtension(LONG, IEnumCERTVIEWEXTENSION**) override {
    return E_NOTIMPL;
  }
  HRESULT WINAPI Skip(LONG) override { return E_NOTIMPL; }
  HRESULT WINAPI Reset() override { return E_NOTIMPL; }
  HRESULT WINAPI Clone(IEnumCERTVIEWROW**) override { return E_NOTIMPL; }
  HRESULT WINAPI GetMaxIndex(LONG*) override { return E_NOTIMPL; }

 private:
  static constexpr IID kUnused{};
  const std::vector<std::string> names_;
  const std::vector<ModelRow> rows_;
  LONG at_ = -1;
};

const std::vector<std::string> kColumns{"Request.RequestID", "Request.RawRequest",
                                        "Request.RequestAttributes", "Request.SubmittedWhen",
                                        "Request.Disposition"};

class ViewObject final : public Object<ViewObject, ICertView> {
 public:
  explicit ViewObject(CertSrv& server) : Object(kCertView), server_(server) {}

  HRESULT WINAPI OpenConnection(const BSTR config) override {
    return is_ours(config) ? S_OK : kNoSuchCa;
  }
  HRESULT WINAPI GetColumnIndex(LONG result, const BSTR name, LONG* index) override {
    if (result != FALSE) return E_INVALIDARG;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      if (kColumns[i] == text_of(name)) {
        *index = static_cast<LONG>(i);
        return S_OK;
      }
    }
    return E_INVALIDARG;
  }
  HRESULT WINAPI SetResultColumnCount(LONG) override { return S_OK; }
  HRESULT WINAPI SetResultColumn(LONG index) override {
    wanted_.push_back(kColumns.at(static_cast<std::size_t>(index)));
    return S_OK;
  }
  HRESULT WINAPI SetRestriction(LONG index, LONG seek, LONG sort, const VARIANT* value) override {
    const bool right = kColumns.at(static_cast<std::size_t>(index)) == "Request.SubmittedWhen" &&
                       seek == CVR_SEEK_GE && sort == CVR_SORT_NONE && value->vt == VT_DATE;
    return right ? S_OK : E_INVALIDARG;
  }
  HRESULT WINAPI OpenView(IEnumCERTVIEWROW** rows) override {
    std::vector<ModelRow> all;
    const Hresult result = server_.model().database(all);
    if (result != hresult::kOk) return hresult_of(result);
    *rows = new RowObject(wanted_, std::move(all));
    return S_OK;
  }
  HRESULT WINAPI EnumCertViewColumn(LONG, IEnumCERTVIEWCOLUMN**) override { return E_NOTIMPL; }
  HRESULT WINAPI GetColumnCount(LONG, LONG*) override { return E_NOTIMPL; }

 private:
  CertSrv& server_;
  std::vector<std::string> wanted_;
};

class Factory final : public IClassFactory {
 public:
  using Make = std::function<IUnknown*()>;
  explicit Factory(Make make) : make_(std::move(make)) {}

  HRESULT WINAPI QueryInterface(REFIID iid, void** object) override {
    const bool known = ::IsEqualGUID(iid, IID_IClassFactory) || ::IsEqualGUID(iid, IID_IUnknown);
    *object = known ? this : nullptr;
    if (!known) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  ULONG WINAPI AddRef() override { return ++references_; }
  ULONG WINAPI Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  HRESULT WINAPI CreateInstance(IUnknown*, REFIID iid, void** object) override {
    IUnknown* made = make_();
    const HRESULT result = made->QueryInterface(iid, object);
    made->Release();
    return result;
  }
  HRESULT WINAPI LockServer(BOOL) override { return S_OK; }

 private:
  const Make make_;
  std::atomic<ULONG> references_{1};
};

DWORD offer(REFCLSID clsid, Factory::Make make) {
  DWORD registration = 0;
  auto* factory = new Factory(std::move(make));
  const HRESULT result = ::CoRegisterClassObject(clsid, factory, CLSCTX_INPROC_SERVER,
                                                 REGCLS_MULTIPLEUSE, &registration);
  factory->Release();
  if (FAILED(result)) throw std::runtime_error("CoRegisterClassObject");
  return registration;
}

}  // namespace

CertSrv::CertSrv(AdcsModel& model) : model_(model) {
  if (FAILED(::CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {
    throw std::runtime_error("CoInitializeEx");
  }
  registrations_.push_back(offer(kCertRequestClass, [this]() -> IUnknown* {
    return static_cast<ICertRequest2*>(new RequestObject(*this));
  }));
  registrations_.push_back(offer(kCertAdminClass, [this]() -> IUnknown* {
    return static_cast<ICertAdmin*>(new AdminObject(*this));
  }));
  registrations_.push_back(offer(kCertViewClass, [this]() -> IUnknown* {
    return static_cast<ICertView*>(new ViewObject(*this));
  }));
}

CertSrv::~CertSrv() {
  let_go();
  for (const DWORD registration : registrations_) ::CoRevokeClassObject(registration);
  ::CoUninitialize();
}

void CertSrv::remove_management_tools() {
  for (; registrations_.size() > 1; registrations_.pop_back()) {
    ::CoRevokeClassObject(registrations_.back());
  }
}

void CertSrv::hang() {
  const std::lock_guard lock(mutex_);
  hangs_ = true;
}

void CertSrv::let_go() {
  const std::lock_guard lock(mutex_);
  hangs_ = false;
  changed_.notify_all();
}

void CertSrv::pass() {
  std::unique_lock lock(mutex_);
  ++hanging_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !hangs_; });
  --hanging_;
}

std::size_t CertSrv::wait_for_hanging(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return hanging_ >= count; });
  return hanging_;
}

}  // namespace certconnector::ca::testing
