#include "agent/store/sqlite/certificate_writer.h"

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {

Result<std::optional<std::int64_t>> CertificateWriter::known_authority(
    const core::CaFingerprint& fingerprint) {
  const auto known = cas_.find(fingerprint);
  if (known != cas_.end()) return std::make_optional(known->second);
  Query query(database_, "SELECT number FROM authority WHERE fingerprint = ?", fingerprint);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return std::optional<std::int64_t>();
  cas_.emplace(fingerprint, query.integer(0));
  return std::make_optional(query.integer(0));
}

Result<std::int64_t> CertificateWriter::authority(const core::CaFingerprint& fingerprint) {
  CC_TRY_ASSIGN(const auto known, known_authority(fingerprint));
  if (known) return *known;
  CC_TRY(store::run(database_, "INSERT INTO authority(fingerprint) VALUES (?)", fingerprint));
  CC_TRY_ASSIGN(const auto made, known_authority(fingerprint));
  if (!made) return database_.damaged("does not take the name of a CA");
  return *made;
}

Result<std::int64_t> CertificateWriter::next_entry() {
  if (!next_entry_) {
    CC_TRY_ASSIGN(next_entry_,
                  database_.integer("SELECT value FROM meta WHERE name = 'next_entry'"));
  }
  next_entry_changed_ = true;
  return (*next_entry_)++;
}

Status CertificateWriter::flush() {
  if (!next_entry_changed_) return {};
  next_entry_changed_ = false;
  return store::run(database_, "UPDATE meta SET value = ? WHERE name = 'next_entry'", *next_entry_);
}

void CertificateWriter::forget() {
  index_.forget();
  cas_.clear();
  next_entry_.reset();
  next_entry_changed_ = false;
}

}  // namespace certconnector::store
