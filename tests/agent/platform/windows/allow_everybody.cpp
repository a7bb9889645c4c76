#include "tests/agent/platform/windows/allow_everybody.h"

#include <aclapi.h>
#include <gtest/gtest.h>

#include "agent/platform/windows/wide.h"

namespace certconnector::platform {

void allow_everybody(const std::string& path, DWORD rights, DWORD inheritance) {
  std::wstring name = system_path(path);
  ACL* before = nullptr;
  PSECURITY_DESCRIPTOR holds = nullptr;
  ASSERT_EQ(::GetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                    nullptr, &before, nullptr, &holds),
            DWORD{ERROR_SUCCESS});
  std::wstring everybody = L"EVERYONE";
  EXPLICIT_ACCESSW entry{};
  ::BuildExplicitAccessWithNameW(&entry, everybody.data(), rights, GRANT_ACCESS, inheritance);
  ACL* after = nullptr;
  ASSERT_EQ(::SetEntriesInAclW(1, &entry, before, &after), DWORD{ERROR_SUCCESS});
  EXPECT_EQ(::SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                                    nullptr, after, nullptr),
            DWORD{ERROR_SUCCESS});
  ::LocalFree(after);
  ::LocalFree(holds);
}

}  // namespace certconnector::platform
