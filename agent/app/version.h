#pragma once

namespace certconnector::app {

extern const char* const kVersion;  // "0.1.0"; set in one place, common/cmake/version.cmake

}  // namespace certconnector::app
