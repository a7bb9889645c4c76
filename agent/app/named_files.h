// The files that a configuration names, read and understood: one function for each kind.
//
// Errors: those of platform/files.h (also for a secret file that others may read), and those of the
// parser after the file's name. PEM files hold at most 256 KiB.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "agent/core/ports/identity_store.h"
#include "agent/enrollment/static_challenge_check.h"
#include "agent/enrollment/trusted_keys.h"
#include "agent/keys/machine_store.h"
#include "common/crypto/certificate.h"
#include "common/net/credentials.h"
#include "common/net/system_proxy.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::app {

// One or more certificates.
[[nodiscard]] Result<std::vector<crypto::Certificate>> read_certificates(const std::string& file);

// [management] certificate_file and key_file, or pkcs12_file, with passphrase_file; or
// certificate_store. `now` is Clock::wall(). Errors: also those of open_from_store().
[[nodiscard]] Result<core::Identity> read_own_certificate(
    const config::ManagementSettings& settings, const keys::MachineStore& store, Timestamp now);
// For --check-config: one error for each of these files that cannot be used, or why they do not
// fit.
[[nodiscard]] std::vector<Error> unusable_own_certificate(
    const config::ManagementSettings& settings, const keys::MachineStore& store, Timestamp now);
struct ChosenProxy {
  std::optional<net::Proxy> fixed;
  std::shared_ptr<net::SystemProxy> system;  // null: `fixed` is right
};
// None where the configuration names no proxy. Errors: also unsupported: the machine's, on a system
// without such a setting.
[[nodiscard]] Result<ChosenProxy> read_proxy(const config::ManagementSettings& settings);

// [scep.NAME] next_ca_file, DER; empty where the section names none. Error unusable_ca: one is no
// CA certificate.
[[nodiscard]] Result<std::vector<Bytes>> read_next_ca(const std::string& file);
[[nodiscard]] Result<std::vector<enrollment::TrustedKey>> read_challenge_keys(
    const std::string& file);
// [scep.NAME] challenge_file; a line break at its end is not part of the password.
[[nodiscard]] Result<enrollment::StaticChallengeCheck> read_static_challenge(
    const std::string& file);
// [registration] issuing_ca_file; its first certificate.
[[nodiscard]] Result<crypto::Certificate> read_issuing_ca(const std::string& file);

}  // namespace certconnector::app
