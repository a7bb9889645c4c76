// CAs, certificates and revocations of a salvage. A revocation is never lost while anything names
// it: its row, the CRL that was published, or the index beside it.
#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/lost_state.h"
#include "agent/store/sqlite/salvage_context.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/certificate.h"
#include "common/text/hex.h"

namespace certconnector::store {
namespace {

constexpr char kHasEntry[] = "SELECT 1 FROM certificate WHERE entry = ?";
constexpr char kAddRevocation[] =
    "INSERT OR IGNORE INTO revocation(authority, serial, entry, not_after, record) "
    "VALUES (?, ?, ?, ?, ?)";
constexpr const char* kNames = "sqlite_autoindex_authority_1";

bool is_fingerprint(std::string_view text) { return text.size() == 64; }

StoredValue stored(Timestamp time) { return to_millis(time); }

class CertificateSalvage {
 public:
  explicit CertificateSalvage(SalvageContext& context)
      : context_(context),
        source_(context.sources().certificates),
        certificates_(context.count("certificates")),
        revocations_(context.count("revocations")),
        crl_numbers_(context.count("CRL numbers")) {}

  Status run() {
    CC_TRY(copy_authorities());
    CC_TRY(copy_certificates());
    CC_TRY(count_lost_certificates());
    CC_TRY(copy_lineages());
    CC_TRY(copy_revocations());
    if (is_damaged("revocation") || !doubtful_.empty()) CC_TRY(look_for_revocations());
    return finish();
  }

 private:
  // Of an authority.
  using Serial = std::pair<std::int64_t, Bytes>;

  [[nodiscard]] bool is_damaged(const std::string& name) const {
    return source_ == nullptr || source_->damage(name).any();
  }

  // The CAs that issued come first, with their CRL numbers; then those that only jobs name.
  Status copy_authorities() {
    if (source_ != nullptr) {
      CC_TRY(copy_issuers());
      CC_TRY(find_lost_authorities());
    }
    StoredTables* queue = context_.sources().queue;
    if (queue == nullptr || queue == source_) return {};
    CC_TRY(queue->for_each("authority", [&](const NamedRow& row) { return map(queue, row); }));
    return map_by_index(queue);
  }

  Status copy_issuers() {
    CC_TRY_ASSIGN(RowWriter rows,
                  RowWriter::open(context_.to(), "authority", source_->columns("authority")));
    return source_->for_each("authority", [&](const NamedRow& row) -> Status {
      if (!is_fingerprint(row.text("fingerprint"))) return {};
      CC_TRY_ASSIGN(const bool written, rows.write(row, {{"certificates", std::int64_t{0}}}));
      if (!written) return {};
      ++crl_numbers_.copied;
      counted_ +=
          static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer("certificates"), 0));
      return map(source_, row);
    });
  }

  Status map(const StoredTables* source, const NamedRow& row) {
    const std::string fingerprint(row.text("fingerprint"));
    const std::int64_t number = row.integer("number");
    if (!is_fingerprint(fingerprint) || context_.authority(source, number)) return {};
    CC_TRY_ASSIGN(const std::int64_t in_new, context_.writer().authority(fingerprint));
    context_.map_authority(source, number, in_new);
    return {};
  }

  Status map_by_index(StoredTables* source) {
    return source->for_each(kNames, [&](const NamedRow& row) { return map(source, row); });
  }

  // Their names stand in an index too, but not their CRL numbers.
  Status find_lost_authorities() {
    crl_numbers_.more_lost = is_damaged("authority") && is_damaged(kNames);
    return source_->for_each(kNames, [&](const NamedRow& row) {
      if (!context_.authority(source_, row.integer("number"))) {
        context_.lose(crl_numbers_, std::string(row.text("fingerprint")));
      }
      return map(source_, row);
    });
  }

  // Of a CA that the file does not name any more: the CA whose name the certificate has as issuer.
  Result<std::optional<std::int64_t>> authority_of(std::int64_t number, ByteView der) {
    auto known = context_.authority(source_, number);
    if (known) return known;
    const auto certificate = crypto::Certificate::from_der(der);
    for (const SalvageCa& ca : context_.options().cas) {
      if (!certificate.ok() || certificate->issuer() != ca.subject) continue;
      CC_TRY_ASSIGN(const std::int64_t in_new, context_.writer().authority(ca.fingerprint));
      context_.map_authority(source_, number, in_new);
      return std::make_optional(in_new);
    }
    return known;
  }

  Status copy_certificates() {
    if (source_ == nullptr) return {};
    std::vector<std::string> columns = source_->columns("certificate");
    columns.insert(columns.end(),
                   {"key", "serial", "sha1", "sha256", "device_head", "transaction_head"});
    CC_TRY_ASSIGN(RowWriter rows, RowWriter::open(context_.to(), "certificate", columns));
    return source_->for_each("certificate", [&](const NamedRow& row) -> Status {
      CC_TRY(copy_certificate(row, rows));
      return context_.row_done();
    });
  }

  Status copy_certificate(const NamedRow& row, RowWriter& rows) {
    const auto entry = decode_certificate(row.blob("record"));
    std::optional<std::int64_t> authority;
    if (entry) {
      CC_TRY_ASSIGN(authority,
                    authority_of(row.integer("authority"), entry->certificate.certificate));
    }
    if (!authority) {
      context_.lose(certificates_);
      return {};
    }
    const Bytes& der = entry->certificate.certificate;
    CC_TRY_ASSIGN(
        const bool written,
        rows.write(row, {{"authority", *authority},
                         {"not_after", stored(entry->certificate.not_after)},
                         {"key", head_of({entry->key.data(), entry->key.size()})},
                         {"serial", entry->certificate.serial},
                         {"sha1", head_of(crypto::view(crypto::sha1(der)))},
                         {"sha256", head_of(crypto::view(crypto::sha256(der)))},
                         {"device_head", stored_head(row.text("device"))},
                         {"transaction_head", stored_head(entry->holder.transaction_id)}}));
    if (written) ++certificates_.copied;
    return {};
  }

  // A revocation tells again which of them are compromised; what a person allowed may be lost.
  Status copy_lineages() {
    if (context_.sources().first_release) return {};
    SalvageCount& lineages = context_.count("lineages with an allowance or a lost key");
    const auto any = [](const NamedRow&) -> Result<std::optional<ColumnValues>> {
      return std::make_optional(ColumnValues());
    };
    CC_TRY_ASSIGN(lineages.copied, context_.copy(source_, "lineage", any));
    lineages.more_lost = is_damaged("lineage");
    return {};
  }

  // By an index of them, else by the counters of the CAs.
  Status count_lost_certificates() {
    if (source_ != nullptr && !is_damaged("certificate") && certificates_.lost == 0) return {};
    const bool counters = !is_damaged("authority");
    certificates_.more_lost = is_damaged("certificate") && !counters;
    if (counters && counted_ > certificates_.copied) {
      certificates_.lost = std::max(certificates_.lost, counted_ - certificates_.copied);
    }
    if (context_.sources().first_release || is_damaged("certificate_key")) return {};
    certificates_.lost = 0;
    certificates_.more_lost = false;
    return source_->for_each("certificate_key", [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool there, context_.has(kHasEntry, row.integer("entry")));
      if (!there) context_.lose(certificates_);
      return {};
    });
  }

  Status copy_revocations() {
    if (source_ == nullptr) return {};
    return source_->for_each("revocation", [&](const NamedRow& row) -> Status {
      CC_TRY(copy_revocation(row));
      return context_.row_done();
    });
  }

  Status copy_revocation(const NamedRow& row) {
    const auto authority = context_.authority(source_, row.integer("authority"));
    const auto revoked = decode_revocation(row.blob("record"));
    if (authority && revoked) {
      return add(*authority, *revoked, from_millis(row.integer("not_after")));
    }
    Bytes serial = revoked ? revoked->serial : row.blob("serial").to_bytes();
    if (serial.empty()) {
      CC_TRY_ASSIGN(serial, serial_of(row.integer("entry")));
    }
    if (!authority || serial.empty()) {
      context_.lose(revocations_, serial.empty() ? std::string() : text::to_hex(serial));
    } else {
      doubtful_.emplace(*authority, std::move(serial));
    }
    return {};
  }

  Result<Bytes> serial_of(std::int64_t entry) {
    Query query(context_.to(), "SELECT record FROM certificate WHERE entry = ?", entry);
    CC_TRY_ASSIGN(const bool row, query.next());
    const auto certificate = row ? decode_certificate(query.blob(0)) : std::nullopt;
    return certificate ? certificate->certificate.serial : Bytes();
  }

  // With the entry of its certificate, where that came over.
  Status add(std::int64_t authority, const core::RevokedSerial& revoked, Timestamp not_after) {
    std::optional<std::int64_t> entry;
    CC_TRY_ASSIGN(const auto found,
                  find_certificate(context_.to(), authority, {revoked.serial, {}}));
    if (found) {
      entry = found->entry;
      not_after = found->certificate.certificate.not_after;
    }
    CC_TRY(store::run(context_.to(), kAddRevocation, authority, revoked.serial, entry, not_after,
                      encode_revocation(revoked)));
    const bool added = context_.to().changes() != 0;
    if (added) ++revocations_.copied;
    const bool compromises =
        found && core::compromises_lineage(core::RevokeChange::revoked, revoked.revocation.reason);
    return added && compromises ? compromise_lineage(context_.to(), *entry) : Status();
  }

  Status look_for_revocations() {
    if (source_ != nullptr && is_damaged("revocation")) CC_TRY(collect_by_index());
    CC_TRY(add_published());
    const std::uint64_t known = revocations_.copied;
    for (const auto& [authority, serial] : doubtful_) {
      const core::RevokedSerial unexplained{
          serial, {context_.options().now, core::RevocationReason::unspecified, {}}};
      CC_TRY(add(authority, unexplained, core::unknown_end()));
    }
    if (const std::uint64_t found = revocations_.copied - known; found != 0) {
      context_.report().details_lost = true;
      context_.note(std::to_string(found) +
                    " revocations have lost their time and reason: these certificates are "
                    "revoked as of now, without a reason");
    }
    revocations_.more_lost = is_damaged("revocation") && !has_index();
    return {};
  }

  [[nodiscard]] bool has_index() const {
    return !context_.sources().first_release && !is_damaged("revocation_entry");
  }

  Status add_published() {
    const std::uint64_t before = revocations_.copied;
    for (const SalvageCa& ca : context_.options().cas) {
      CC_TRY_ASSIGN(const std::int64_t authority, context_.writer().authority(ca.fingerprint));
      for (const core::RevokedSerial& revoked : ca.crl.revoked) {
        CC_TRY_ASSIGN(const bool stands, still_stands(authority, revoked.serial));
        if (stands) CC_TRY(add(authority, revoked, core::unknown_end()));
      }
    }
    if (const std::uint64_t found = revocations_.copied - before; found != 0) {
      context_.note(std::to_string(found) + " of the revocations come from the published CRLs");
    }
    return {};
  }

  // A hold may have been lifted after the CRL. The index knows, unless the certificate is unknown.
  Result<bool> still_stands(std::int64_t authority, const Bytes& serial) {
    if (doubtful_.count({authority, serial}) != 0) return true;
    if (!is_damaged("revocation")) return false;
    if (!has_index()) return true;
    CC_TRY_ASSIGN(const auto found, find_certificate(context_.to(), authority, {serial, {}}));
    return !found.has_value();
  }

  // The index names authority and serial number of every revocation whose certificate is known.
  Status collect_by_index() {
    return source_->for_each("revocation_entry", [&](const NamedRow& row) -> Status {
      const auto authority = context_.authority(source_, row.integer("authority"));
      if (authority) doubtful_.emplace(*authority, row.blob("serial").to_bytes());
      return {};
    });
  }

  Status finish() {
    CC_TRY(look_for_later_state());
    for (const SalvageCa& ca : context_.options().cas) {
      const std::uint64_t number = std::max(ca.crl.number, ca.issued_crl);
      if (number == 0) continue;
      CC_TRY_ASSIGN(const std::int64_t authority, context_.writer().authority(ca.fingerprint));
      CC_TRY(store::run(context_.to(),
                        "UPDATE authority SET last_crl_number = max(last_crl_number, ?2) "
                        "WHERE number = ?1",
                        authority, number));
    }
    if (crl_numbers_.lost != 0 || crl_numbers_.more_lost) {
      context_.note(
          "CRL numbers that are lost go on from the published CRL and from the seconds since 1970, "
          "so none is used twice unless the clock was set back");
    }
    CC_TRY(finish_authorities());
    CC_TRY(context_.to().execute(
        "UPDATE authority SET certificates = "
        "(SELECT count(*) FROM certificate WHERE certificate.authority = authority.number)"));
    // The next start publishes what came over.
    return context_.to().execute(
        "UPDATE authority SET generation = generation + 1 "
        "WHERE EXISTS (SELECT 1 FROM revocation WHERE revocation.authority = authority.number)");
  }

  // Where numbers are lost, a CRL that is ahead of them says nothing.
  Status look_for_later_state() {
    if (crl_numbers_.lost != 0 || crl_numbers_.more_lost || source_ == nullptr) return {};
    CC_TRY_ASSIGN(const auto mark, context_.mark_of(source_));
    std::vector<SalvageCa> cas = context_.options().cas;
    if (!mark) {
      for (SalvageCa& ca : cas) ca.issued_with.reset();
    }
    CC_TRY_ASSIGN(const bool behind,
                  store::is_behind(context_.to(), mark.value_or(core::StoreMark()), cas));
    if (behind) context_.set_behind();
    return {};
  }

  // After a loss a CA may have issued what the new file does not know.
  Status finish_authorities() {
    CC_TRY(context_.to().execute(
        "DELETE FROM authority WHERE same_as IS NOT NULL "
        "AND same_as NOT IN (SELECT number FROM authority WHERE same_as IS NULL)"));
    const bool complete =
        !is_damaged("authority") && certificates_.lost == 0 && !certificates_.more_lost;
    if (complete) return {};
    return context_.to().execute("UPDATE authority SET issued_more = 1");
  }

  SalvageContext& context_;
  StoredTables* source_;
  SalvageCount& certificates_;
  SalvageCount& revocations_;
  SalvageCount& crl_numbers_;
  std::uint64_t counted_ = 0;  // certificates, by the CAs' counters
  std::set<Serial> doubtful_;  // revoked, and that is all that is known
};

}  // namespace

Status salvage_certificates(SalvageContext& context) { return CertificateSalvage(context).run(); }

}  // namespace certconnector::store
