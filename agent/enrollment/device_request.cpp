#include "agent/enrollment/device_request.h"

namespace certconnector::enrollment {

core::CertificateLookup* lookup_of(const KnownCa& ca) {
  return ca.handle ? ca.handle->ports.certificates : nullptr;
}

}  // namespace certconnector::enrollment
