#include "agent/platform/own_user.h"

#include "agent/platform/errors.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {

std::string own_user() {
  const auto name = own_account_name();
  return name.ok() ? *name : "the agent's account";
}

std::string how_to_make_folder(const std::string& folder) {
  return "administrator: mkdir \"" + folder + "\" && icacls \"" + folder + "\" /grant \"" +
         own_user() + ":(OI)(CI)F\"";
}

Status refuse_root_for_another(const std::string& folder) {
  const Handle opened(::CreateFileW(system_path(folder).c_str(), READ_CONTROL, kShareAll, nullptr,
                                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!opened.valid()) {
    const Error failed = system_error(::GetLastError(), "look at " + folder);
    if (failed.code() == error_code(PlatformErrc::not_found)) return {};
    return failed;
  }
  CC_TRY_ASSIGN(const bool another, is_for_another_account(opened.get(), folder));
  if (!another) return {};
  return Error(PlatformErrc::not_permitted, ErrorKind::permanent,
               own_user() + " runs this, and " + folder +
                   " is for another account, who could not use the files that are made there");
}

}  // namespace certconnector::platform
