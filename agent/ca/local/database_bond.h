// Ties a CA's folder to the agent's database: a small file beside the CA's certificate names the
// database with which the CA issues, and the last CRL number that the database has recorded.
//
// Without the database a CA does not know what it issued and revoked. With another one, or an older
// copy, it would publish CRLs that forget revocations. The file says so before the CA does
// anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/ports/certificate_store.h"
#include "common/result/result.h"

namespace certconnector::ca {

struct DatabaseBond {
  std::string database;  // CertificateStore::id()
  std::uint64_t crl_number = 0;
};

// Nothing: there is no file. Errors: corrupt (not readable as a bond), or the platform's.
[[nodiscard]] Result<std::optional<DatabaseBond>> read_bond(const std::string& path);
// Replaces the file, durably.
[[nodiscard]] Status write_bond(const std::string& path, const DatabaseBond& bond);

// What a database would say of itself for this CA.
[[nodiscard]] Result<DatabaseBond> recorded_bond(core::CertificateStore& store,
                                                 const core::CaFingerprint& ca);

// Whether the database is the one of the bond, and no older copy. Error corrupt, with the remedy.
// `ca`: its name; `recorded`: the database's own.
[[nodiscard]] Status check_bond(const std::string& ca, const std::string& path,
                                const DatabaseBond& bond, const DatabaseBond& recorded);

}  // namespace certconnector::ca
