// Admits accounts to the control pipe: the system, administrators, the agent's own, and members of
// the configured group.
#pragma once

#include <windows.h>

#include <optional>

#include "agent/platform/windows/account.h"

namespace certconnector::control {

struct AdmissionRule {
  platform::Sid own_account;
  std::optional<platform::Sid> group;
};
// `token` is that of the caller (TOKEN_QUERY), for impersonation. Membership that counts only to
// refuse, as an administrator's whose program was not started as one, admits nobody.
[[nodiscard]] bool admits(const AdmissionRule& rule, HANDLE token);

}  // namespace certconnector::control
