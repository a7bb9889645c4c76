// Ties a CA's folder to the agent's database: a small file beside the CA's certificate names the
// database with which the CA issues, how far that was, and the last CRL number that it has
// recorded. The published CRL bears witness as well.
//
// Without the database a CA does not know what it issued and revoked. With another one, or an older
// copy, it would publish CRLs that forget revocations. The files say so before the CA does
// anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/ports/certificate_store.h"
#include "common/crypto/certificate.h"
#include "common/result/result.h"

namespace certconnector::ca {

struct DatabaseBond {
  core::StoreMark database;
  std::uint64_t crl_number = 0;
  core::CaKeyId ca{};  // whose bond it is

  friend bool operator==(const DatabaseBond& a, const DatabaseBond& b) {
    return a.database.id == b.database.id && a.database.progress == b.database.progress &&
           a.crl_number == b.crl_number && a.ca == b.ca;
  }
};

// Nothing: there is no file. Errors: corrupt (not readable as a bond), or the platform's.
[[nodiscard]] Result<std::optional<DatabaseBond>> read_bond(const std::string& path);
// Replaces the file, durably.
[[nodiscard]] Status write_bond(const std::string& path, const DatabaseBond& bond);

// What a database would say of itself for this CA. The CRL number is that of the last CRL.
[[nodiscard]] Result<DatabaseBond> recorded_bond(core::CertificateStore& store,
                                                 const core::CaFingerprint& ca,
                                                 const core::CaKeyId& key);

// Whether the database is the one of the bond, and no older copy. Error corrupt, with the remedy.
// `ca`: its name; `recorded`: the database's own.
[[nodiscard]] Status check_bond(const std::string& ca, const DatabaseBond& bond,
                                const DatabaseBond& recorded);

// The number of the CRL of `ca` in this file; 0: there is none, or none of this CA.
[[nodiscard]] std::uint64_t published_number(const std::string& crl_file,
                                             const crypto::Certificate& ca);
// Whether the database has taken the number of the published CRL. Error corrupt, with the remedy.
// `taken`: the last one that it has taken.
[[nodiscard]] Status check_published(const std::string& ca, std::uint64_t published,
                                     std::uint64_t taken);

}  // namespace certconnector::ca
