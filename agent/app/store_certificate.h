// The certificate that a key `certificate_store` of the configuration names.
#pragma once

#include <string>

#include "agent/keys/machine_store.h"
#include "common/result/result.h"

namespace certconnector::app {

// `named`: the value of the key. Errors: those of keys::parse_certificate_wanted() and of the
// store, with the key's name before them. `now` is Clock::wall().
[[nodiscard]] Result<crypto::Certificate> find_in_store(const std::string& named,
                                                        const keys::MachineStore& store,
                                                        Timestamp now);
[[nodiscard]] Result<core::Identity> open_from_store(const std::string& named,
                                                     const keys::MachineStore& store,
                                                     Timestamp now);

// The store has no such certificate yet, or its key cannot be used: the agent runs without it, and
// takes it once it is there.
[[nodiscard]] bool may_come_to_the_store(const Error& error);

}  // namespace certconnector::app
