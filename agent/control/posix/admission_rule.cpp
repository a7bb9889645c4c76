#include "agent/control/posix/admission_rule.h"

#include <algorithm>

namespace certconnector::control {

bool admits(const AdmissionRule& rule, const Peer& peer) {
  if (peer.user == 0 || peer.user == rule.own_user) return true;
  if (!rule.group) return false;
  return peer.group == *rule.group || std::find(peer.other_groups.begin(), peer.other_groups.end(),
                                                *rule.group) != peer.other_groups.end();
}

}  // namespace certconnector::control
