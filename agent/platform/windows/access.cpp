#include "agent/platform/windows/access.h"

#include <aclapi.h>
#include <sddl.h>

#include <atomic>
#include <optional>
#include <utility>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/service_account.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr DWORD kReads = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;
constexpr DWORD kWrites = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE |
                          WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
// What lets somebody put another file in the place of one in the folder, or another folder in its
// own.
constexpr DWORD kReplaces = FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;

Result<Sid> own_sid() {
  auto own = own_account();
  if (!own) return system_error(::GetLastError(), "look at the own account");
  return std::move(*own);
}

// Full access for the system, the administrators and the own account; P: nothing from the folder
// above.
Result<std::wstring> own_entries(const wchar_t* inherits) {
  CC_TRY_ASSIGN(const std::wstring own, own_sid_text());
  std::wstring sddl = L"D:P";
  for (const std::wstring& who : {std::wstring(L"SY"), std::wstring(L"BA"), own}) {
    sddl += L"(A;" + std::wstring(inherits) + L";FA;;;" + who + L")";
  }
  return sddl;
}

bool is_well_known(PSID sid) {
  for (const WELL_KNOWN_SID_TYPE kind : {WinLocalSystemSid, WinBuiltinAdministratorsSid,
                                         WinCreatorOwnerSid, WinCreatorOwnerRightsSid}) {
    if (::IsWellKnownSid(sid, kind) != 0) return true;
  }
  return false;
}

// Windows' own installer of files owns what stands in C:\ and C:\Program Files.
bool is_trusted_installer(PSID sid) {
  return sid_text(sid) == L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
}

std::atomic<bool> g_is_service{false};

bool is_sid(PSID sid, const Sid& other) { return ::EqualSid(sid, other.get()) != 0; }

bool is_own(PSID sid, const Sid& own) {
  return is_sid(sid, own) || (g_is_service && is_sid(sid, service_sid()));
}

// An administrator looks at what the service has made.
bool is_of_the_service(PSID sid) {
  static const std::optional<Sid> kAccount = service_account();
  return is_sid(sid, service_sid()) || (kAccount && is_sid(sid, *kAccount));
}

bool is_system(PSID sid) { return is_well_known(sid) || is_trusted_installer(sid); }

bool is_one_of_us(PSID sid, const Sid& own) {
  return is_own(sid, own) || is_system(sid) || is_of_the_service(sid);
}

Error too_open(const std::string& path, const std::string& what, const std::string& remedy) {
  return {PlatformErrc::too_open, ErrorKind::permanent,
          path + " " + what + "; run: icacls \"" + path + "\" " + remedy};
}

Error open_to(const std::string& path, PSID who, Denied denied) {
  const std::string does =
      denied == Denied::writing ? " may be changed by " : " holds a secret, and may be used by ";
  return too_open(path, does.substr(1) + account_name(who),
                  "/inheritance:d /remove \"" + account_name(who) + "\"");
}

// The SID of an entry that allows one of `rights`; null: this entry gives nobody any of them.
PSID allowed_by(ACL* list, DWORD index, DWORD rights) {
  void* entry = nullptr;
  if (::GetAce(list, index, &entry) == 0) return nullptr;
  auto* allows = static_cast<ACCESS_ALLOWED_ACE*>(entry);
  if (allows->Header.AceType != ACCESS_ALLOWED_ACE_TYPE &&
      allows->Header.AceType != ACCESS_ALLOWED_CALLBACK_ACE_TYPE) {
    return nullptr;
  }
  // Of what is made inside, not of this object.
  if ((allows->Header.AceFlags & INHERIT_ONLY_ACE) != 0 || (allows->Mask & rights) == 0)
    return nullptr;
  return &allows->SidStart;
}

struct Looked {
  PSID owner = nullptr;
  ACL* list = nullptr;
  SecurityDescriptor holds;
};

Result<Looked> look_at(HANDLE object, const std::string& path) {
  Looked looked;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD failed = ::GetSecurityInfo(
      object, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &looked.owner,
      nullptr, &looked.list, nullptr, &descriptor);
  if (failed != ERROR_SUCCESS) return system_error(failed, "look at who may use " + path);
  looked.holds.reset(descriptor);
  return looked;
}

Status check_rights(HANDLE object, DWORD rights, Denied denied, const std::string& path) {
  CC_TRY_ASSIGN(const Sid own, own_sid());
  CC_TRY_ASSIGN(const Looked looked, look_at(object, path));
  if (looked.owner == nullptr || !is_one_of_us(looked.owner, own)) {
    const std::string owner = looked.owner == nullptr ? "nobody" : account_name(looked.owner);
    return too_open(path, "belongs to " + owner + ", who may change it",
                    "/setowner Administrators");
  }
  if (looked.list == nullptr) {
    return too_open(path, "has no list of who may use it, so that everybody may", "/reset");
  }
  for (DWORD index = 0; index < looked.list->AceCount; ++index) {
    const PSID who = allowed_by(looked.list, index, rights);
    if (who != nullptr && !is_one_of_us(who, own)) return open_to(path, who, denied);
  }
  return {};
}

}  // namespace

Result<SecurityDescriptor> descriptor_of(const std::wstring& sddl) {
  PSECURITY_DESCRIPTOR made = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl.c_str(), SDDL_REVISION_1, &made,
                                                             nullptr) == 0) {
    return system_error(::GetLastError(), "make a security descriptor");
  }
  return SecurityDescriptor(made);
}

Audience audience_of(FileMode mode) {
  return mode == FileMode::world_readable ? Audience::everybody : Audience::nobody;
}

Result<std::wstring> own_sid_text() {
  CC_TRY_ASSIGN(const Sid own, own_sid());
  return sid_text(own.get());
}

Result<std::string> own_account_name() {
  CC_TRY_ASSIGN(const Sid own, own_sid());
  return account_name(own.get());
}

Result<SecurityDescriptor> descriptor_for_file(Audience audience) {
  CC_TRY_ASSIGN(std::wstring sddl, own_entries(L""));
  if (audience == Audience::everybody) sddl += L"(A;;FR;;;WD)";
  return descriptor_of(sddl);
}

Result<SecurityDescriptor> descriptor_for_folder() {
  CC_TRY_ASSIGN(const std::wstring sddl, own_entries(L"OICI"));
  return descriptor_of(sddl);
}

Status set_access(HANDLE file, Audience audience, const std::string& path) {
  CC_TRY_ASSIGN(const SecurityDescriptor descriptor, descriptor_for_file(audience));
  if (::SetKernelObjectSecurity(file,
                                DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                descriptor.get()) == 0) {
    return system_error(::GetLastError(), "set who may use " + path);
  }
  return {};
}

Status check_access(HANDLE object, Denied denied, const std::string& path) {
  const DWORD rights = denied == Denied::writing ? kWrites : kWrites | kReads;
  return check_rights(object, rights, denied, path);
}

Result<bool> is_for_another_account(HANDLE folder, const std::string& path) {
  CC_TRY_ASSIGN(const Sid own, own_sid());
  CC_TRY_ASSIGN(const Looked looked, look_at(folder, path));
  const DWORD entries = looked.list == nullptr ? 0 : looked.list->AceCount;
  for (DWORD index = 0; index < entries; ++index) {
    const PSID who = allowed_by(looked.list, index, kWrites);
    if (who != nullptr && !is_own(who, own) && !is_system(who)) return true;
  }
  return false;
}

void act_as_the_service() { g_is_service = true; }

Status check_folders_above(const std::string& path) {
  std::string folder = full_path(path);
  while (parent_path(folder) != folder && parent_path(folder) != ".") {
    folder = parent_path(folder);
    const Handle opened(::CreateFileW(system_path(folder).c_str(), READ_CONTROL, kShareAll, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    if (!opened.valid()) return system_error(::GetLastError(), "look at " + folder);
    CC_TRY(check_rights(opened.get(), kReplaces, Denied::writing, folder));
  }
  return {};
}

}  // namespace certconnector::platform
