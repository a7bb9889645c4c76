#include "agent/control/peer_check.h"

namespace certconnector::control {

ErrorCode error_code(PeerErrc errc) {
  switch (errc) {
    case PeerErrc::not_admitted:
      return {"control", "permission_denied"};
    case PeerErrc::unknown_peer:
      return {"control", "unknown_peer"};
  }
  return {"control", "unknown"};
}

}  // namespace certconnector::control
