#pragma once

#include <windows.h>
#include <gtest/gtest.h>
#include <sddl.h>

#include "agent/platform/windows/account.h"

namespace certconnector::testing {

// Of "S-1-5-18".
inline platform::Sid sid(const wchar_t* text) {
  PSID made = nullptr;
  EXPECT_NE(::ConvertStringSidToSidW(text, &made), 0);
  platform::Sid copy(made);
  ::LocalFree(made);
  return copy;
}

}  // namespace certconnector::testing
