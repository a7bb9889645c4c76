// Opens a file or a folder to everybody: the other account of the tests, since Wine has one user.
#pragma once

#include <windows.h>

#include <string>

namespace certconnector::platform {

// Everybody may do this with it, besides what was allowed before. Throws where it cannot.
void allow_everybody(const std::string& path, DWORD rights, DWORD inheritance = 0);

}  // namespace certconnector::platform
