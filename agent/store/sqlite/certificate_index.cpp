#include "agent/store/sqlite/certificate_index.h"

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/digest.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxRecent = 2048;

// On disk: must never change.
std::int64_t hash_of(LookupKind kind, ByteView value) {
  // The last octets: a serial number may have a fixed head.
  std::uint64_t word = 0;
  const std::size_t used = std::min<std::size_t>(value.size(), 8);
  for (std::size_t i = value.size() - used; i < value.size(); ++i) word = word << 8U | value[i];
  word ^= (static_cast<std::uint64_t>(kind) + 1) * 0x9E3779B97F4A7C15U;
  return static_cast<std::int64_t>(word);
}

}  // namespace

LookupHashes::Hashes LookupHashes::hashes_of(const core::CertificateEntry& certificate) {
  const Bytes& der = certificate.certificate.certificate;
  return {hash_of(LookupKind::key, {certificate.key.data(), certificate.key.size()}),
          hash_of(LookupKind::serial, certificate.certificate.serial),
          hash_of(LookupKind::sha1, crypto::view(crypto::sha1(der))),
          hash_of(LookupKind::sha256, crypto::view(crypto::sha256(der)))};
}

void LookupHashes::remember(std::int64_t entry, const core::CertificateEntry& certificate) {
  for (const std::int64_t hash : hashes_of(certificate)) recent_.emplace(hash, entry);
  newest_ = std::max(newest_, entry);
  ++recent_certificates_;
}

Status LookupHashes::load(Database& database) {
  if (loaded_) return {};
  CC_TRY_ASSIGN(indexed_up_to_,
                database.integer("SELECT value FROM meta WHERE name = 'indexed_up_to'"));
  newest_ = indexed_up_to_;
  Query query(database, "SELECT entry, record FROM certificate WHERE entry > ? ORDER BY entry",
              indexed_up_to_);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    const auto certificate = decode_certificate(query.blob(1));
    if (!certificate) return database.damaged("has a damaged certificate record");
    remember(query.integer(0), *certificate);
  }
  loaded_ = true;
  return {};
}

Result<std::vector<std::int64_t>> LookupHashes::candidates(Database& database, LookupKind kind,
                                                           ByteView value) {
  CC_TRY(load(database));
  const std::int64_t hash = hash_of(kind, value);
  std::vector<std::int64_t> entries;
  Query query(database, "SELECT entry FROM lookup WHERE hash = ? ORDER BY entry", hash);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    entries.push_back(query.integer(0));
  }
  const auto [first, last] = recent_.equal_range(hash);
  for (auto at = first; at != last; ++at) entries.push_back(at->second);
  return entries;
}

Status LookupHashes::add(Database& database, std::int64_t entry,
                         const core::CertificateEntry& certificate) {
  CC_TRY(load(database));
  remember(entry, certificate);
  return recent_certificates_ < kMaxRecent ? Status() : write_out(database);
}

Status LookupHashes::write_out(Database& database) {
  std::vector<std::pair<std::int64_t, std::int64_t>> sorted(recent_.begin(), recent_.end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [hash, entry] : sorted) {
    CC_TRY(run(database, "INSERT OR IGNORE INTO lookup(hash, entry) VALUES (?, ?)", hash, entry));
  }
  CC_TRY(run(database, "UPDATE meta SET value = ? WHERE name = 'indexed_up_to'", newest_));
  indexed_up_to_ = newest_;
  recent_.clear();
  recent_certificates_ = 0;
  return {};
}

Status LookupHashes::remove(Database& database, std::int64_t entry,
                            const core::CertificateEntry& certificate) {
  CC_TRY(load(database));
  for (const std::int64_t hash : hashes_of(certificate)) {
    if (entry <= indexed_up_to_) {
      CC_TRY(run(database, "DELETE FROM lookup WHERE hash = ? AND entry = ?", hash, entry));
      continue;
    }
    const auto [first, last] = recent_.equal_range(hash);
    const auto found =
        std::find_if(first, last, [&](const auto& known) { return known.second == entry; });
    if (found != last) recent_.erase(found);
  }
  if (entry > indexed_up_to_) --recent_certificates_;
  return {};
}

void LookupHashes::forget() {
  loaded_ = false;
  indexed_up_to_ = 0;
  newest_ = 0;
  recent_certificates_ = 0;
  recent_.clear();
}

}  // namespace certconnector::store
