// Port: certificates in the store of the operating system, with keys that stay there.
#pragma once

#include <memory>

#include "agent/core/ports/identity_store.h"
#include "agent/keys/certificate_choice.h"
#include "common/crypto/certificate.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::keys {

// Thread-safe.
class MachineStore {
 public:
  virtual ~MachineStore() = default;

  // The certificate that open() would take; touches no key. Errors: not_found, no_key, unsupported
  // where the system has no such store.
  [[nodiscard]] virtual Result<crypto::Certificate> find(const CertificateWanted& wanted,
                                                         Timestamp now) const = 0;
  // The certificate that is wanted, with the chain that the store knows for it, without the root.
  // Its key signs where it is; what it can sign is learned here, by a signature. Blocks: a key in a
  // TPM takes a second. Errors: those of find(); no_key also for a key that signs nothing (the
  // message says what to grant).
  [[nodiscard]] virtual Result<core::Identity> open(const CertificateWanted& wanted,
                                                    Timestamp now) const = 0;
};

// `user` is that of the account which runs the process; a service uses the machine's.
enum class StoreOwner { machine, user };

// This system's. Never null.
[[nodiscard]] std::unique_ptr<const MachineStore> machine_store(
    StoreOwner owner = StoreOwner::machine);

}  // namespace certconnector::keys
