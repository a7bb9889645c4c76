#include "agent/keys/machine_store.h"

#include "agent/keys/errors.h"

namespace certconnector::keys {

Result<core::Identity> open_from_store(StoreOwner, const CertificateWanted&, Timestamp) {
  return Error(KeysErrc::unsupported, ErrorKind::permanent,
               "only Windows has a certificate store; name files in its place");
}

}  // namespace certconnector::keys
