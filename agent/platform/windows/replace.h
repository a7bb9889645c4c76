#pragma once

#include <windows.h>

#include <string>

namespace certconnector::platform {

// Gives an open file (DELETE) the name `to`, in the place of what is there, in one step; durable.
// A reader that has the old file open goes on with it. Before Windows Server 2019 that takes two
// steps. Answers an error of the system.
[[nodiscard]] DWORD replace(HANDLE file, const std::wstring& from, const std::wstring& to);

// The same for a name that is free, of a file or a folder. ERROR_ALREADY_EXISTS: it is not.
[[nodiscard]] DWORD rename(const std::wstring& from, const std::wstring& to);

}  // namespace certconnector::platform
