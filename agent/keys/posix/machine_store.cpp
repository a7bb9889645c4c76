#include "agent/keys/machine_store.h"

#include "agent/keys/errors.h"

namespace certconnector::keys {
namespace {

Error unsupported() {
  return {KeysErrc::unsupported, ErrorKind::permanent,
          "only Windows has a certificate store of the machine; name files in its place"};
}

class NoMachineStore final : public MachineStore {
 public:
  Result<crypto::Certificate> find(const CertificateWanted& /*wanted*/,
                                   Timestamp /*now*/) const override {
    return unsupported();
  }
  Result<core::Identity> open(const CertificateWanted& /*wanted*/,
                              Timestamp /*now*/) const override {
    return unsupported();
  }
};

}  // namespace

std::unique_ptr<const MachineStore> machine_store(StoreOwner /*owner*/) {
  return std::make_unique<NoMachineStore>();
}

}  // namespace certconnector::keys
