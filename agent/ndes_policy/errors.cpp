#include "agent/ndes_policy/errors.h"

namespace certconnector::ndes_policy {

ErrorCode error_code(PolicyErrc errc) {
  switch (errc) {
    case PolicyErrc::unreachable:
      return {"ndes_policy", "unreachable"};
    case PolicyErrc::busy:
      return {"ndes_policy", "busy"};
    case PolicyErrc::not_allowed:
      return {"ndes_policy", "not_allowed"};
    case PolicyErrc::refused:
      return {"ndes_policy", "refused"};
    case PolicyErrc::not_an_agent:
      return {"ndes_policy", "not_an_agent"};
    case PolicyErrc::no_version:
      return {"ndes_policy", "no_version"};
    case PolicyErrc::spool_full:
      return {"ndes_policy", "spool_full"};
    case PolicyErrc::damaged:
      return {"ndes_policy", "damaged"};
  }
  return {"ndes_policy", "unknown"};
}

}  // namespace certconnector::ndes_policy
