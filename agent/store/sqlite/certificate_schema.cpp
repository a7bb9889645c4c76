#include "agent/store/sqlite/certificate_schema.h"

namespace certconnector::store {
namespace {

// Times are milliseconds since 1970. Records are described in certificate_codec.h.
// The lookup table is the only one that is written at random places; certificate_index.h says how
// that is kept cheap. A revocation repeats the serial number and the expiry, so that a CRL is made
// without touching the certificates.
constexpr char kVersion1[] = R"sql(
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('next_entry', 1), ('indexed_up_to', 0);

CREATE TABLE authority(
  number INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  certificates INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  last_crl_number INTEGER NOT NULL DEFAULT 0,
  crl_number INTEGER,
  crl_this_update INTEGER,
  crl_next_update INTEGER,
  crl_entries INTEGER
) STRICT;

CREATE TABLE certificate(
  entry INTEGER PRIMARY KEY,
  authority INTEGER NOT NULL REFERENCES authority,
  not_after INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX certificate_expiry ON certificate(not_after);

CREATE TABLE lookup(
  hash INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (hash, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation(
  entry INTEGER PRIMARY KEY REFERENCES certificate ON DELETE CASCADE,
  authority INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
)sql";

}  // namespace

const Schema& certificate_schema() {
  static const Schema schema{0x63634931, {kVersion1}};  // "ccI1"
  return schema;
}

const DatabaseRole& certificate_role() {
  static constexpr DatabaseRole role{
      "certificate store",
      "Nothing was changed. Stop the agent and restore the file from a backup. Do not start anew "
      "without it unless the CA is given up as well: without the certificate store the CA does not "
      "know "
      "what it issued and revoked, revoked certificates would be missing in the next CRL, and CRL "
      "numbers would start again"};
  return role;
}

}  // namespace certconnector::store
