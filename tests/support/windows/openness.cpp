#include "tests/support/openness.h"

#include <windows.h>
#include <winioctl.h>

#include <stdexcept>

#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/windows/allow_everybody.h"

namespace certconnector::testing {
namespace {

bool is_wine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
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
