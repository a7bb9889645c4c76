// For the files of this folder: one set of an identity in one folder.
#pragma once

#include <string>

#include "agent/platform/identity_folder.h"
#include "common/result/result.h"

namespace certconnector::platform {

// Makes the folder, which must not be there, and its files; durable.
[[nodiscard]] Status write_identity(const std::string& folder, const IdentityFiles& files);
// Errors name the file that is missing or too open.
[[nodiscard]] Result<IdentityFiles> read_identity(const std::string& folder);

}  // namespace certconnector::platform
