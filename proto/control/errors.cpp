#include "proto/control/errors.h"

namespace certconnector::control_proto {

ErrorCode error_code(ControlErrc errc) {
  switch (errc) {
    case ControlErrc::frame_too_large:
      return {"control", "frame_too_large"};
    case ControlErrc::bad_message:
      return {"control", "bad_message", "Use the certconnector of the agent's version"};
    case ControlErrc::unsupported_version:
      return {"control", "unsupported_version",
              "The running agent is of another version than this CLI: restart the agent"};
    case ControlErrc::bad_arguments:
      return {"control", "bad_arguments", "Use the certconnector of the agent's version"};
    case ControlErrc::bad_result:
      return {"control", "bad_result"};
  }
  return {"control", "unknown"};
}

}  // namespace certconnector::control_proto
