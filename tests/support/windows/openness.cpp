#include "tests/support/openness.h"

#include <windows.h>
#include <sddl.h>
#include <winioctl.h>

#include <filesystem>
#include <stdexcept>

#include "agent/platform/windows/access.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/windows/allow_everybody.h"

namespace certconnector::testing {
namespace {

bool is_wine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
}

// All for the system, administrators and this account, and what `more` allows.
void set_entries(const std::string& path, const std::wstring& more) {
  const bool folder = std::filesystem::is_directory(std::filesystem::u8path(path));
  const std::wstring rights = folder ? L"OICI;FA;;;" : L";FA;;;";
  const auto own = platform::own_sid_text();
  std::wstring sddl = L"D:P";
  for (const std::wstring& who : {std::wstring(L"SY"), std::wstring(L"BA"), own.value()}) {
    sddl += L"(A;" + rights + who + L")";
  }
  PSECURITY_DESCRIPTOR made = nullptr;
  const bool good = ::ConvertStringSecurityDescriptorToSecurityDescriptorW(
                        (sddl + more).c_str(), SDDL_REVISION_1, &made, nullptr) != 0 &&
                    ::SetFileSecurityW(
                        platform::system_path(path).c_str(),
                        DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, made) != 0;
  ::LocalFree(made);
  if (!good) throw std::runtime_error("cannot set who may use " + path);
}

}  // namespace

Openness openness_of(const std::string& path) {
  using platform::Denied;
  const platform::Handle file(::CreateFileW(platform::system_path(path).c_str(), READ_CONTROL,
                                            platform::kShareAll, nullptr, OPEN_EXISTING,
                                            FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!file.valid()) return Openness::other;
  if (platform::check_access(file.get(), Denied::reading_and_writing, path).ok()) {
    return Openness::owner_alone;
  }
  return platform::check_access(file.get(), Denied::writing, path).ok() ? Openness::all_read
                                                                        : Openness::other;
}

// Not under Wine: with the last handle.
void let_others_write(const std::string& path) {
  platform::allow_everybody(path, GENERIC_READ | GENERIC_WRITE);
}

void let_others_only_read(const std::string& path) { set_entries(path, L"(A;;FR;;;WD)"); }

void close_to_others(const std::string& path) { set_entries(path, L""); }

std::string command_against_writers(const std::string& path) {
  return "icacls \"" + path + "\" /inheritance:d /remove";
}

std::string command_against_readers(const std::string& path) {
  return command_against_writers(path);
}

bool names_go_at_once() { return false; }

bool names_of_open_files_can_be_used_again() { return !is_wine(); }

bool open_files_can_be_moved() { return false; }

bool sqlites_files_are_closed() { return !is_wine(); }

void extend_without_room(const std::string& path, std::uintmax_t size) {
  const platform::Handle file(::CreateFileW(platform::system_path(path).c_str(), GENERIC_WRITE,
                                            platform::kShareAll, nullptr, OPEN_EXISTING, 0,
                                            nullptr));
  DWORD none = 0;
  LARGE_INTEGER end{};
  end.QuadPart = static_cast<LONGLONG>(size);
  // Wine's files are so without being asked.
  ::DeviceIoControl(file.get(), FSCTL_SET_SPARSE, nullptr, 0, nullptr, 0, &none, nullptr);
  if (::SetFilePointerEx(file.get(), end, nullptr, FILE_BEGIN) == 0 ||
      ::SetEndOfFile(file.get()) == 0) {
    throw std::runtime_error("cannot extend " + path);
  }
}

// Wine runs as root here, and administrators read every file of Windows after all.
bool is_superuser() { return true; }

}  // namespace certconnector::testing
