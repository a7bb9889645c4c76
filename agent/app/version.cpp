#include "agent/app/version.h"

namespace certconnector::app {

const char* const kVersion = CC_VERSION;

}  // namespace certconnector::app
