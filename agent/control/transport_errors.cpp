#include "agent/control/transport_errors.h"

namespace certconnector::control {

ErrorCode error_code(TransportErrc errc) {
  switch (errc) {
    case TransportErrc::not_running:
      return {"control", "not_running"};
    case TransportErrc::not_permitted:
      return {"control", "not_permitted"};
    case TransportErrc::not_the_agent:
      return {"control", "not_the_agent"};
    case TransportErrc::bad_path:
      return {"control", "bad_path"};
    case TransportErrc::in_use:
      return {"control", "in_use"};
    case TransportErrc::timed_out:
      return {"control", "timed_out"};
    case TransportErrc::closed:
      return {"control", "closed"};
    case TransportErrc::stopped:
      return {"control", "stopped"};
    case TransportErrc::failed:
      return {"control", "failed"};
  }
  return {"control", "unknown"};
}

Error stopped() { return {TransportErrc::stopped, ErrorKind::transient, "shutting down"}; }

Error silent() {
  return {TransportErrc::timed_out, ErrorKind::transient,
          "the other side of the control socket was silent for too long"};
}

Error hung_up() { return {TransportErrc::closed, ErrorKind::transient, "the other side hung up"}; }

}  // namespace certconnector::control
