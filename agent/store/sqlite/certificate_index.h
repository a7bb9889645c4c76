// Finds certificates by idempotency key, serial number and both thumbprints.
//
// All four are random, and an index entry at a random place costs the write of a page. So the
// newest certificates are indexed in memory alone and go into the lookup table many at a time and
// sorted; after a start they are read again. An entry holds 64 bits of what it stands for: what is
// found has to be compared in full. Used under the certificate store's mutex.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "agent/core/ports/certificate_store.h"
#include "agent/store/sqlite/database.h"
#include "common/result/result.h"

namespace certconnector::store {

// The numbers are on disk, in the hashes of the index: a kind keeps its number for ever.
enum class LookupKind : std::uint8_t { key = 0, serial = 1, sha1 = 2, sha256 = 3 };

class LookupHashes {
 public:
  // Entries that may be meant, oldest first.
  [[nodiscard]] Result<std::vector<std::int64_t>> candidates(Database& database, LookupKind kind,
                                                             ByteView value);
  // Inside a transaction.
  [[nodiscard]] Status add(Database& database, std::int64_t entry,
                           const core::CertificateEntry& certificate);
  [[nodiscard]] Status remove(Database& database, std::int64_t entry,
                              const core::CertificateEntry& certificate);
  // After a rollback: what is in memory may not be so.
  void forget();

 private:
  using Hashes = std::array<std::int64_t, 4>;

  [[nodiscard]] static Hashes hashes_of(const core::CertificateEntry& certificate);
  [[nodiscard]] Status load(Database& database);
  void remember(std::int64_t entry, const core::CertificateEntry& certificate);
  [[nodiscard]] Status write_out(Database& database);

  bool loaded_ = false;
  std::int64_t indexed_up_to_ = 0;
  std::int64_t newest_ = 0;
  std::size_t recent_certificates_ = 0;
  std::unordered_multimap<std::int64_t, std::int64_t> recent_;  // hash, entry
};

}  // namespace certconnector::store
