#pragma once

namespace certconnector::app {

extern const char* const kVersion;  // "0.1.0"; set in one place, common/cmake/version.cmake
extern const char* const kCommit;   // "0a1b2c3d4e5f"; empty: not built in a repository

}  // namespace certconnector::app
