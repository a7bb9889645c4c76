#include "agent/control/windows/admission_rule.h"

namespace certconnector::control {

namespace {

bool is_member(HANDLE token, const platform::Sid& of) {
  BOOL member = FALSE;
  return ::CheckTokenMembership(token, of.get(), &member) != 0 && member != FALSE;
}

}  // namespace

bool admits(const AdmissionRule& rule, HANDLE token) {
  return is_member(token, platform::well_known(WinLocalSystemSid)) ||
         is_member(token, platform::well_known(WinBuiltinAdministratorsSid)) ||
         is_member(token, rule.own_account) || (rule.group && is_member(token, *rule.group));
}

}  // namespace certconnector::control
