#include "agent/enrollment/denial_quota.h"

namespace certconnector::enrollment {

// A client that has used up its quota takes nothing from the others.
bool DenialQuota::take(const std::string& client) {
  static const std::string kEverybody = "all clients";
  return !of_a_client_.take(client) && !of_all_.take(kEverybody);
}

}  // namespace certconnector::enrollment
