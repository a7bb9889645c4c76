#include "agent/platform/shared_owner.h"

#include <windows.h>
#include <aclapi.h>

#include "agent/platform/windows/access.h"
#include "agent/platform/windows/folder.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// In place of the entries that it has, an object gets those that the folder above gives to what is
// inside.
DWORD inherit(HANDLE object) {
  ACL none{};
  if (::InitializeAcl(&none, sizeof(none), ACL_REVISION) == 0) return ::GetLastError();
  return ::SetSecurityInfo(object, SE_FILE_OBJECT,
                           DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION,
                           nullptr, nullptr, &none, nullptr);
}

// What others may have put there leads elsewhere: a junction, a link, a file with a second name.
bool leads_elsewhere(const BY_HANDLE_FILE_INFORMATION& info) {
  if ((info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return true;
  return (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 && info.nNumberOfLinks > 1;
}

DWORD give_inside(const std::wstring& folder);

DWORD give(const std::wstring& path) {
  // Nobody puts another object in its place while it is open: others may not delete it.
  const Handle object(::CreateFileW(path.c_str(), READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
                                    nullptr));
  BY_HANDLE_FILE_INFORMATION info{};
  if (!object.valid() || ::GetFileInformationByHandle(object.get(), &info) == 0) {
    return ::GetLastError();
  }
  if (leads_elsewhere(info)) return ERROR_SUCCESS;
  const DWORD failed = inherit(object.get());
  const bool is_folder = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  return failed == ERROR_SUCCESS && is_folder ? give_inside(path) : failed;
}

DWORD give_inside(const std::wstring& folder) {
  return each_entry(folder, [&](const WIN32_FIND_DATAW& entry) {
    return give(folder + L"\\" + entry.cFileName);
  });
}

}  // namespace

Result<bool> give_to_owner(const std::string& folder) {
  const std::wstring path = system_path(folder);
  const Handle opened(::CreateFileW(path.c_str(), READ_CONTROL, kShareAll, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
                                    nullptr));
  if (!opened.valid()) return system_error(::GetLastError(), "look at " + folder);
  CC_TRY_ASSIGN(const bool another, is_for_another_account(opened.get(), folder));
  if (!another) return false;
  const DWORD failed = give_inside(path);
  if (failed != ERROR_SUCCESS)
    return system_error(failed, "give what is in " + folder + " to the agent's account");
  return true;
}

}  // namespace certconnector::platform
