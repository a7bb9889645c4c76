// The DLL: the class that COM makes for NDES, and its registration.
#include <windows.h>
#include <olectl.h>
#include <unknwn.h>

#include <exception>
#include <memory>
#include <new>
#include <string>

#include "agent/ndes_policy/windows/module_log.h"
#include "agent/ndes_policy/windows/policy_object.h"
#include "agent/ndes_policy/windows/registration.h"
#include "agent/ndes_policy/windows/registry_settings.h"
#include "agent/platform/windows/wide.h"

namespace {

using namespace certconnector;  // NOLINT(google-build-using-namespace): not a header
using ndes_policy::PolicyObject;

std::unique_ptr<ndes_policy::ModuleSession> open_session() {
  ndes_policy::InstalledModule module = ndes_policy::read_installed_module();
  return std::make_unique<ndes_policy::ModuleSession>(
      std::move(module.settings), std::move(module.credentials),
      ndes_policy::make_module_log(ndes_policy::log_file(module.data_folder)));
}

// One for the life of the DLL: its references are not counted.
class PolicyFactory final : public IClassFactory {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (object == nullptr) return E_POINTER;
    *object = nullptr;
    if (!::IsEqualGUID(iid, IID_IClassFactory) && !::IsEqualGUID(iid, IID_IUnknown)) {
      return E_NOINTERFACE;
    }
    *object = static_cast<IClassFactory*>(this);
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
    if (object == nullptr) return E_POINTER;
    *object = nullptr;
    if (outer != nullptr) return CLASS_E_NOAGGREGATION;
    auto* made = new (std::nothrow) PolicyObject(open_session);
    if (made == nullptr) return E_OUTOFMEMORY;
    const HRESULT result = made->QueryInterface(iid, object);
    made->Release();
    return result;
  }
  HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

std::string own_file() {
  HMODULE module = nullptr;
  static const int kHere = 0;
  const BOOL found = ::GetModuleHandleExW(
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
      reinterpret_cast<LPCWSTR>(&kHere), &module);
  constexpr DWORD kLongest = 32768;
  std::wstring path(kLongest, L'\0');
  const DWORD length = found != 0 ? ::GetModuleFileNameW(module, path.data(), kLongest) : 0;
  return platform::narrow(path.substr(0, length));
}

// regsvr32 shows the code alone; a debugger, or who calls it, the words.
HRESULT result_of(const Status& status) {
  if (status.ok()) return S_OK;
  ::OutputDebugStringW(platform::wide(status.error().message()).c_str());
  return SELFREG_E_CLASS;
}

}  // namespace

extern "C" {

// Threads of NDES come and go: the thread library of the module must see that.
BOOL WINAPI DllMain(HINSTANCE, DWORD, LPVOID) { return TRUE; }

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID* object) {
  static PolicyFactory factory;
  if (object == nullptr) return E_POINTER;
  *object = nullptr;
  if (!::IsEqualGUID(clsid, ndes_policy::kPolicyModuleClsid)) return CLASS_E_CLASSNOTAVAILABLE;
  return factory.QueryInterface(iid, object);
}

// Libraries of the module keep their state as long as the process lives.
HRESULT WINAPI DllCanUnloadNow() { return S_FALSE; }

HRESULT WINAPI DllRegisterServer() {
  try {
    return result_of(ndes_policy::register_module(own_file()));
  } catch (const std::exception&) {
    return E_UNEXPECTED;
  }
}

HRESULT WINAPI DllUnregisterServer() {
  try {
    return result_of(ndes_policy::unregister_module());
  } catch (const std::exception&) {
    return E_UNEXPECTED;
  }
}

}  // extern "C"
