#include "agent/scep/legacy_switches.h"

namespace certconnector::scep {

std::vector<LegacySwitch> legacy_switches(const ServiceSettings& settings) {
  const LegacyAlgorithms& legacy = settings.legacy;
  return {
      {"allow_sha1", legacy.sha1, true,
       "Takes messages signed with SHA-1, which can be forged at some expense. For routers and "
       "printers that know no SHA-2."},
      {"allow_triple_des", legacy.triple_des, true,
       "Takes messages encrypted with triple DES, an old and slow cipher. For clients that know no "
       "AES."},
      {"allow_insecure_des", legacy.single_des, true,
       "Takes single DES, which anybody can break within days, so a challenge in such a "
       "message is no secret; includes the two above. Only where devices and agent share a "
       "trusted network."},
      {"ndes_failures", settings.ndes_failures, false,
       "Words failures as Microsoft's NDES does, signed with SHA-1 and with the HRESULT, which "
       "tells a client, and also an attacker, what is wrong with a challenge. For "
       "clients that understand no other failure."},
      {"foreign_signer", settings.foreign_signer, false,
       "Takes requests for RSA keys that another key signs, with a self-signed certificate. The "
       "challenge authorizes them as before; the answer is encrypted to the other key. For clients "
       "that sign with a throw-away key. Requests for EC keys need no switch."},
  };
}

}  // namespace certconnector::scep
