#include "agent/platform/windows/replace.h"

#include <cstring>
#include <vector>

#include "agent/platform/windows/sharing.h"

namespace certconnector::platform {
namespace {

// FileRenameInfoEx, which mingw-w64's headers hide.
constexpr auto kRenameAsPosix = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);

DWORD answer(BOOL good) { return good != 0 ? ERROR_SUCCESS : ::GetLastError(); }

DWORD replace_as_posix(HANDLE file, const std::wstring& to) {
  const std::size_t octets = to.size() * sizeof(wchar_t);
  std::vector<BYTE> memory(sizeof(FILE_RENAME_INFO) + octets);
  FILE_RENAME_INFO info{};
  info.Flags = FILE_RENAME_FLAG_REPLACE_IF_EXISTS | FILE_RENAME_FLAG_POSIX_SEMANTICS;
  info.FileNameLength = static_cast<DWORD>(octets);
  std::memcpy(memory.data(), &info, sizeof(info));
  std::memcpy(memory.data() + offsetof(FILE_RENAME_INFO, FileName), to.data(), octets);
  return answer(::SetFileInformationByHandle(file, kRenameAsPosix, memory.data(),
                                             static_cast<DWORD>(memory.size())));
}

// Older systems, file systems without it, and Wine.
bool does_not_know(DWORD error) {
  return error == ERROR_INVALID_PARAMETER || error == ERROR_NOT_SUPPORTED ||
         error == ERROR_INVALID_FUNCTION || error == ERROR_CALL_NOT_IMPLEMENTED ||
         error == ERROR_INVALID_LEVEL;
}

DWORD move_file(const std::wstring& from, const std::wstring& to, DWORD flags) {
  return answer(::MoveFileExW(from.c_str(), to.c_str(), flags | MOVEFILE_WRITE_THROUGH));
}

// Such a system does not replace what somebody has open, but renames it. For a moment there is
// neither.
DWORD swap_files(const std::wstring& from, const std::wstring& to) {
  const std::wstring aside = to + L".old-" + std::to_wstring(100000 + ::GetTickCount64() % 900000);
  const DWORD moved = move_file(to, aside, 0);
  if (moved != ERROR_SUCCESS) return moved;
  const DWORD replaced = move_file(from, to, 0);
  if (replaced != ERROR_SUCCESS) {
    static_cast<void>(move_file(aside, to, 0));
    return replaced;
  }
  // Its name goes with the last reader.
  ::DeleteFileW(aside.c_str());
  return ERROR_SUCCESS;
}

}  // namespace

DWORD replace(HANDLE file, const std::wstring& from, const std::wstring& to) {
  return until_free([&] {
    const DWORD error = replace_as_posix(file, to);
    if (error == ERROR_SUCCESS) return answer(::FlushFileBuffers(file));
    if (!does_not_know(error)) return error;
    const DWORD replaced = move_file(from, to, MOVEFILE_REPLACE_EXISTING);
    return replaced == ERROR_ACCESS_DENIED ? swap_files(from, to) : replaced;
  });
}

DWORD rename(const std::wstring& from, const std::wstring& to) {
  return until_free([&] { return move_file(from, to, 0); });
}

}  // namespace certconnector::platform
