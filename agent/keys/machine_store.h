// Client certificates in the store of the operating system, with keys that stay there.
#pragma once

#include <string>

#include "agent/core/ports/identity_store.h"
#include "agent/keys/certificate_choice.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::keys {

// `user` is that of the account which runs the process; a service uses the machine's.
enum class StoreOwner { machine, user };

// The certificate that is wanted, with the chain that the store knows for it, without the root. Its
// key signs where it is; what it can sign is learned here, by a signature. Blocks: a key in a TPM
// takes a second. Errors: not_found, no_key (the message says what to grant), unsupported where the
// system has no such store.
[[nodiscard]] Result<core::Identity> open_from_store(StoreOwner owner,
                                                     const CertificateWanted& wanted,
                                                     Timestamp now);

}  // namespace certconnector::keys
