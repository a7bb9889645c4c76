// Virus scanners, backups and servers hold a file for a moment, and Windows refuses others
// meanwhile.
#pragma once

#include <windows.h>

#include <functional>

namespace certconnector::platform {

// How every file is opened: others may read, write, rename and remove it meanwhile.
inline constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

// Calls `act` until it answers ERROR_SUCCESS or an error that waiting does not mend, for a second
// at most; gives its last answer.
[[nodiscard]] DWORD until_free(const std::function<DWORD()>& act);

}  // namespace certconnector::platform
