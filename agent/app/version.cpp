#include "agent/app/version.h"

namespace certconnector::app {

const char* const kVersion = CC_VERSION;
const char* const kCommit = CC_COMMIT;

}  // namespace certconnector::app
