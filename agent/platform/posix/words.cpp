#include "agent/platform/words.h"

namespace certconnector::platform {

std::string how_to_be_admitted(const std::string& group) {
  return "Use root, or add the user to group " + group + " (`usermod -aG " + group +
         " USER`) and log in again";
}

}  // namespace certconnector::platform
