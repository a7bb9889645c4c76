#include "agent/ndes_policy/windows/registration.h"

#include <windows.h>
#include <objbase.h>

#include <algorithm>
#include <optional>

#include "agent/ndes_policy/windows/module_log.h"
#include "agent/ndes_policy/windows/ndes_policy_interface.h"
#include "agent/ndes_policy/windows/registry_settings.h"
#include "agent/platform/windows/data_folders.h"
#include "agent/platform/windows/event_log.h"
#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::ndes_policy {
namespace {

using platform::RegistryKey;

constexpr const wchar_t* kNdesModules = L"SOFTWARE\\Microsoft\\Cryptography\\MSCEP\\Modules";
constexpr const wchar_t* kPolicy = L"Policy";
constexpr const wchar_t* kFormerPolicy = L"FormerPolicy";
const std::wstring kClasses = L"SOFTWARE\\Classes\\";

// The system and administrators write; everybody who logs on to this machine may read.
constexpr const wchar_t* kSettingsUsers = L"D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;AU)";
// The account of NDES is a member of IIS_IUSRS (S-1-5-32-568): it makes, renames and removes files.
constexpr const wchar_t* kDataUsers =
    L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;S-1-5-32-568)";

std::wstring clsid_text() {
  wchar_t text[64] = {};
  const int length = ::StringFromGUID2(kPolicyModuleClsid, text, 64);
  return length > 0 ? text : L"";
}

Status register_class(const std::string& dll) {
  const std::wstring clsid = clsid_text();
  CC_TRY_ASSIGN(RegistryKey name, RegistryKey::make(kClasses + L"CLSID\\" + clsid));
  CC_TRY(name.set_text(L"", "Certificate Connector's policy module for NDES"));
  CC_TRY_ASSIGN(RegistryKey server,
                RegistryKey::make(kClasses + L"CLSID\\" + clsid + L"\\InprocServer32"));
  std::string file = dll;
  std::replace(file.begin(), file.end(), '/', '\\');
  CC_TRY(server.set_text(L"", file));
  CC_TRY(server.set_text(L"ThreadingModel", "Both"));
  CC_TRY_ASSIGN(RegistryKey prog_id,
                RegistryKey::make(kClasses + L"CLSID\\" + clsid + L"\\ProgID"));
  CC_TRY(prog_id.set_text(L"", platform::narrow(kPolicyModuleProgId)));
  CC_TRY_ASSIGN(RegistryKey of_prog_id,
                RegistryKey::make(kClasses + kPolicyModuleProgId + L"\\CLSID"));
  return of_prog_id.set_text(L"", platform::narrow(clsid));
}

Status take_ndes(RegistryKey& settings) {
  const std::string ours = platform::narrow(kPolicyModuleProgId);
  CC_TRY_ASSIGN(RegistryKey modules, RegistryKey::make(kNdesModules));
  CC_TRY_ASSIGN(const auto policy, modules.text(kPolicy));
  if (policy == ours) return {};
  if (policy) {
    CC_TRY(settings.set_text(kFormerPolicy, *policy));
  } else {
    CC_TRY(settings.remove_value(kFormerPolicy));
  }
  return modules.set_text(kPolicy, ours);
}

Status give_ndes_back() {
  CC_TRY_ASSIGN(const auto now, RegistryKey::open(kNdesModules));
  if (!now) return {};
  CC_TRY_ASSIGN(const auto policy, now->text(kPolicy));
  if (policy != platform::narrow(kPolicyModuleProgId)) return {};
  CC_TRY_ASSIGN(RegistryKey modules, RegistryKey::make(kNdesModules));
  CC_TRY_ASSIGN(RegistryKey settings, RegistryKey::make(kSettingsKey));
  CC_TRY_ASSIGN(const auto former, settings.text(kFormerPolicy));
  CC_TRY(former ? modules.set_text(kPolicy, *former) : modules.remove_value(kPolicy));
  return settings.remove_value(kFormerPolicy);
}

}  // namespace

Status register_module(const std::string& dll) {
  CC_TRY_ASSIGN(RegistryKey settings, RegistryKey::make(kSettingsKey));
  CC_TRY(settings.set_users(kSettingsUsers));
  const std::string folder = read_installed_module().data_folder;
  CC_TRY(platform::make_folder_for(folder, kDataUsers));
  CC_TRY(platform::make_folder_for(spool_folder(folder), kDataUsers));
  CC_TRY(platform::register_event_source(kModuleEventSource, dll));
  CC_TRY(register_class(dll));
  return take_ndes(settings);
}

Status unregister_module() {
  CC_TRY(give_ndes_back());
  CC_TRY(platform::remove_registry_key(kClasses + kPolicyModuleProgId));
  CC_TRY(platform::remove_registry_key(kClasses + L"CLSID\\" + clsid_text()));
  return platform::remove_event_source(kModuleEventSource);
}

}  // namespace certconnector::ndes_policy
