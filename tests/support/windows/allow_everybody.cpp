#include "tests/support/windows/allow_everybody.h"

#include <aclapi.h>

#include <stdexcept>

#include "agent/platform/windows/wide.h"

namespace certconnector::platform {

void allow_everybody(const std::string& path, DWORD rights, DWORD inheritance) {
  std::wstring name = system_path(path);
  ACL* before = nullptr;
  ACL* after = nullptr;
  PSECURITY_DESCRIPTOR holds = nullptr;
  std::wstring everybody = L"EVERYONE";
  EXPLICIT_ACCESSW entry{};
  ::BuildExplicitAccessWithNameW(&entry, everybody.data(), rights, GRANT_ACCESS, inheritance);
  const bool good =
      ::GetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                              nullptr, &before, nullptr, &holds) == ERROR_SUCCESS &&
      ::SetEntriesInAclW(1, &entry, before, &after) == ERROR_SUCCESS &&
      ::SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                              nullptr, after, nullptr) == ERROR_SUCCESS;
  ::LocalFree(after);
  ::LocalFree(holds);
  if (!good) throw std::runtime_error("cannot open to everybody " + path);
}

}  // namespace certconnector::platform
