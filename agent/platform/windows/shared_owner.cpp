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
DWORD inherit(const std::wstring& path) {
  ACL none{};
  if (::InitializeAcl(&none, sizeof(none), ACL_REVISION) == 0) return ::GetLastError();
  std::wstring name = path;
  return ::SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT,
                                 DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION,
                                 nullptr, nullptr, &none, nullptr);
}

// What others may have put there leads elsewhere: a junction, a link, a file with a second name.
bool leads_elsewhere(const std::wstring& path, const WIN32_FIND_DATAW& entry) {
  if ((entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return true;
  if ((entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return false;
  std::wstring names(MAX_PATH, L'\0');
  auto size = static_cast<DWORD>(names.size());
  const HANDLE search = ::FindFirstFileNameW(path.c_str(), 0, &size, names.data());
  if (search == INVALID_HANDLE_VALUE) return false;
  size = static_cast<DWORD>(names.size());
  const bool second = ::FindNextFileNameW(search, &size, names.data()) != 0;
  ::FindClose(search);
  return second;
}

DWORD give_inside(const std::wstring& folder) {
  return each_entry(folder, [&](const WIN32_FIND_DATAW& entry) {
    const std::wstring path = folder + L"\\" + entry.cFileName;
    if (leads_elsewhere(path, entry)) return DWORD{ERROR_SUCCESS};
    const DWORD failed = inherit(path);
    if (failed != ERROR_SUCCESS) return failed;
    return (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? give_inside(path)
                                                                    : DWORD{ERROR_SUCCESS};
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
