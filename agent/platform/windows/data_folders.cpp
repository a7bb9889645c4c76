#include "agent/platform/windows/data_folders.h"

#include <windows.h>

#include "agent/platform/defaults.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/default_log.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/service_account.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

enum class Service { reads, writes };

// The system and the administrators may do everything, and what is made inside inherits.
std::wstring users(Service service) {
  const std::wstring rights = service == Service::writes ? L"FA" : L"FRFX";
  return L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;" + rights + L";;;" +
         sid_text(service_sid().get()) + L")";
}

std::string data_folder() { return parent_path(defaults().configuration_file); }

Status make(const std::string& folder, Service service) {
  return make_folder_for(folder, users(service));
}

}  // namespace

Status make_folder_for(const std::string& folder, const std::wstring& sddl) {
  CC_TRY_ASSIGN(const SecurityDescriptor access, descriptor_of(sddl));
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), access.get(), FALSE};
  if (::CreateDirectoryW(system_path(folder).c_str(), &attributes) != 0) return {};
  if (::GetLastError() != ERROR_ALREADY_EXISTS) {
    return system_error(::GetLastError(), "make the folder " + folder);
  }
  const Handle there(
      ::CreateFileW(system_path(folder).c_str(), WRITE_DAC, kShareAll, nullptr, OPEN_EXISTING,
                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (there.valid() &&
      ::SetKernelObjectSecurity(there.get(),
                                DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                access.get()) != 0) {
    return {};
  }
  return system_error(::GetLastError(), "set who may use " + folder);
}

Status make_data_folders() {
  CC_TRY(make(data_folder(), Service::reads));
  for (const std::string& folder :
       {std::string(defaults().state_folder), std::string(defaults().runtime_folder),
        std::string(defaults().backup_folder), parent_path(default_log_file())}) {
    CC_TRY(make(folder, Service::writes));
  }
  return {};
}

}  // namespace certconnector::platform
