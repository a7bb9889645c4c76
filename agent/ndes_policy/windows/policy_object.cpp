#include "agent/ndes_policy/windows/policy_object.h"

#include <cstring>
#include <new>
#include <utility>

#include "agent/platform/windows/wide.h"

namespace certconnector::ndes_policy {
namespace {

namespace wire = registration_wire;

// Longer ones are none that NDES has: what follows may be no memory.
constexpr std::size_t kLongestText = 64 * 1024;
constexpr HRESULT kNotReady = HRESULT_FROM_WIN32(ERROR_NOT_READY);

bool fits(PCWSTR text) { return text == nullptr || ::wcsnlen(text, kLongestText) < kLongestText; }

std::string text_of(PCWSTR text) { return text == nullptr ? "" : platform::narrow(text); }

bool fits(const TransferBlob* blob) {
  return blob == nullptr || blob->size == 0 || blob->data != nullptr;
}

// A copy of what is only for the call. More than `most` octets are cut to one more: the limit is
// refused where it is judged.
Bytes octets_of(const TransferBlob* blob, std::size_t most) {
  if (blob == nullptr || blob->size == 0) return {};
  const std::size_t size = blob->size > most ? most + 1 : blob->size;
  return Bytes(blob->data, blob->data + size);
}

// As NDES frees it. Null: there is no memory.
PWSTR local_copy(const std::wstring& text) {
  const std::size_t octets = (text.size() + 1) * sizeof(wchar_t);
  auto* copy = static_cast<PWSTR>(::LocalAlloc(LMEM_FIXED, octets));
  if (copy != nullptr) std::memcpy(copy, text.c_str(), octets);
  return copy;
}

wire::Disposition disposition_of(ScepDisposition disposition) {
  switch (disposition) {
    case kScepSuccess:
      return wire::Disposition::success;
    case kScepFailure:
      return wire::Disposition::failure;
    case kScepPending:
      return wire::Disposition::pending;
    case kScepPendingChallenge:
      return wire::Disposition::pending_challenge;
    case kScepUnknown:
      break;
  }
  return wire::Disposition::unknown;
}

HRESULT hresult_of(const Error& error) {
  if (error.code() == error_code(PolicyErrc::refused)) return E_INVALIDARG;
  if (error.kind() == ErrorKind::denied) return E_ACCESSDENIED;
  return HRESULT_FROM_WIN32(ERROR_CONNECTION_UNAVAIL);
}

// What a call of NDES may end with, whatever happens in it.
template <typename Work>
HRESULT guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

}  // namespace

// A call of NDES: the session stays meanwhile.
class PolicyObject::Call {
 public:
  explicit Call(PolicyObject& object) : object_(object) {
    const std::lock_guard lock(object_.mutex_);
    if (!object_.session_ || object_.ending_) return;
    session = object_.session_.get();
    ++object_.calls_;
  }
  ~Call() {
    if (session == nullptr) return;
    const std::lock_guard lock(object_.mutex_);
    --object_.calls_;
    object_.changed_.notify_all();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  ModuleSession* session = nullptr;  // null: not between Initialize and Uninitialize

 private:
  PolicyObject& object_;
};

PolicyObject::~PolicyObject() { end_session(); }

HRESULT PolicyObject::QueryInterface(REFIID iid, void** object) {
  if (object == nullptr) return E_POINTER;
  *object = nullptr;
  if (!::IsEqualGUID(iid, kNdesPolicyIid) && !::IsEqualGUID(iid, IID_IUnknown)) {
    return E_NOINTERFACE;
  }
  *object = static_cast<NdesPolicyInterface*>(this);
  AddRef();
  return S_OK;
}

ULONG PolicyObject::AddRef() { return ++references_; }

ULONG PolicyObject::Release() {
  const ULONG left = --references_;
  if (left == 0) delete this;
  return left;
}

HRESULT PolicyObject::Initialize() {
  return guarded([this] {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ending_; });
    if (!session_) session_ = open_();
    return S_OK;
  });
}

HRESULT PolicyObject::Uninitialize() {
  return guarded([this] {
    end_session();
    return S_OK;
  });
}

void PolicyObject::end_session() noexcept {
  std::unique_ptr<ModuleSession> ended;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ending_; });
  if (!session_) return;
  ending_ = true;
  session_->request_stop();
  changed_.wait(lock, [this] { return calls_ == 0; });
  ended = std::move(session_);
  lock.unlock();
  ended.reset();  // waits for its thread
  lock.lock();
  ending_ = false;
  changed_.notify_all();
}

HRESULT PolicyObject::GenerateChallenge(PCWSTR template_name, PCWSTR parameters, PWSTR* response) {
  if (response == nullptr) return E_POINTER;
  *response = nullptr;
  if (template_name == nullptr || !fits(template_name) || !fits(parameters)) return E_INVALIDARG;
  return guarded([&] {
    const Call call(*this);
    if (call.session == nullptr) return kNotReady;
    const auto challenge = call.session->policy().generate_challenge(
        {text_of(template_name), text_of(parameters)}, call.session->stop());
    if (!challenge.ok()) return hresult_of(challenge.error());
    *response = local_copy(platform::wide(*challenge));
    return *response == nullptr ? E_OUTOFMEMORY : S_OK;
  });
}

HRESULT PolicyObject::VerifyRequest(TransferBlob* request, TransferBlob* signer,
                                    PCWSTR template_name, PCWSTR transaction_id, BOOL* verified) {
  if (verified == nullptr) return E_POINTER;
  *verified = FALSE;
  if (request == nullptr || !fits(request) || !fits(signer)) return E_INVALIDARG;
  if (!fits(template_name) || !fits(transaction_id)) return E_INVALIDARG;
  // A renewal whose certificate is not there must not pass for a first request.
  if (signer != nullptr && signer->size == 0) return E_INVALIDARG;
  return guarded([&] {
    const Call call(*this);
    if (call.session == nullptr) return kNotReady;
    const wire::VerifyRequest asked{octets_of(request, wire::kMaxPkcs10),
                                    octets_of(signer, wire::kMaxCertificate),
                                    text_of(template_name), text_of(transaction_id)};
    *verified = call.session->policy().verify_request(asked, call.session->stop()) ? TRUE : FALSE;
    return S_OK;
  });
}

HRESULT PolicyObject::Notify(PCWSTR challenge, PCWSTR transaction_id, ScepDisposition disposition,
                             LONG last_hresult, TransferBlob* issued) {
  if (!fits(challenge) || !fits(transaction_id) || !fits(issued)) return E_INVALIDARG;
  return guarded([&] {
    const Call call(*this);
    if (call.session == nullptr) return kNotReady;
    wire::Notification told;
    told.challenge = text_of(challenge);
    told.transaction_id = text_of(transaction_id);
    told.disposition = disposition_of(disposition);
    told.hresult = last_hresult;
    if (told.disposition == wire::Disposition::success) {
      told.certificate = octets_of(issued, wire::kMaxCertificate);
    }
    call.session->policy().notify(told, call.session->stop());
    return S_OK;
  });
}

}  // namespace certconnector::ndes_policy
