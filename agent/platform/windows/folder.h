// The entries of a folder.
#pragma once

#include <windows.h>

#include <functional>
#include <string>

namespace certconnector::platform {

// Shows each entry but . and ..; answers ERROR_SUCCESS or why the rest cannot be shown. Stops with
// the first error of `visit`.
[[nodiscard]] DWORD each_entry(const std::wstring& folder,
                               const std::function<DWORD(const WIN32_FIND_DATAW&)>& visit);

// With all that is in it. Does not follow a junction or a link: that itself goes.
[[nodiscard]] DWORD remove_tree(const std::wstring& folder);

}  // namespace certconnector::platform
