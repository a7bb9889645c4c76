#include "agent/control/peer_check.h"

#include <algorithm>

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

bool admits(const AdmissionRule& rule, const Peer& peer) {
  if (peer.user == 0 || peer.user == rule.own_user) return true;
  if (!rule.group) return false;
  return peer.group == *rule.group || std::find(peer.other_groups.begin(), peer.other_groups.end(),
                                                *rule.group) != peer.other_groups.end();
}

}  // namespace certconnector::control
