// The folders that the installed service works in.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// %ProgramData%\Certificate Connector, which the service reads, and in it the folders that it
// writes. Gives a folder that is there the same users. For administrators.
[[nodiscard]] Status make_data_folders();

// A folder with these users, in SDDL; a folder that is there gets them too.
[[nodiscard]] Status make_folder_for(const std::string& folder, const std::wstring& sddl);

}  // namespace certconnector::platform
