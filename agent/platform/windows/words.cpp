#include "agent/platform/words.h"

namespace certconnector::platform {

std::string how_to_be_admitted(const std::string& group) {
  return "Run this in a console that was opened with \"Run as administrator\", or add the user to "
         "the group (`net localgroup \"" +
         group + "\" USER /add`) and log in again";
}

}  // namespace certconnector::platform
