#include "agent/store/sqlite/certificate_search.h"

#include <limits>
#include <map>
#include <utility>

#include "agent/core/certificate_filter.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/subject_index.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxPage = 500;
constexpr std::size_t kMaxNamesakes = 100;  // certificates of one serial number
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

// The cost of one call, in units of about a microsecond: it ends before its page is full when it
// has cost so much.
constexpr std::int64_t kBudget = 18000;
constexpr std::int64_t kRow = 1;      // whose columns tell that it does not fit
constexpr std::int64_t kRecord = 1;   // that was decoded, beside kRow
constexpr std::int64_t kSubject = 2;  // that was read, beside these
constexpr std::int64_t kLookup = 2;   // of a certificate by its entry, beside kRow
constexpr std::int64_t kList = 8;     // of a gram
constexpr std::int64_t kBlock = 1;
// So few certificates in a range of time are looked at one by one.
constexpr std::int64_t kShortRange = 2000;

constexpr char kNumberOfCa[] =
    "SELECT number FROM authority WHERE fingerprint = ? AND certificates > 0";
constexpr char kSerialsBetween[] =
    "SELECT DISTINCT serial FROM certificate INDEXED BY certificate_serial "
    "WHERE serial >= ?1 AND serial < ?2 ORDER BY serial LIMIT ?3";
constexpr std::size_t kLongestSerial = 64;  // octets; RFC 5280 has 20
constexpr char kCaOfNumber[] = "SELECT fingerprint FROM authority WHERE number = ?";

// Adds what fits to a page, row by row, until the page is full or the call has cost enough.
class PageBuilder {
 public:
  PageBuilder(Database& database, const core::CertificateFilter& filter)
      : database_(database), filter_(filter), limit_(std::min(filter.limit, kMaxPage)) {}

  // Finishes the page of a CA that has no certificates.
  [[nodiscard]] Status find_authority() {
    if (!filter_.ca) return {};
    Query query(database_, kNumberOfCa, *filter_.ca);
    CC_TRY_ASSIGN(const bool row, query.next());
    finished_ = !row;
    if (row) authority_ = query.integer(0);
    return {};
  }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] core::CertificatePage take() { return std::move(page_); }

  void spend(std::int64_t cost) { budget_ -= cost; }
  // All up to this place is looked at. Ends the page when the call has cost enough.
  void looked_to(const core::CertificateKey& key) {
    if (finished_ || budget_ > 0) return;
    page_.next = key;
    page_.searched_to = key.recorded;
    finished_ = true;
  }

  [[nodiscard]] Status look_at(const Query& row) {
    spend(kRow);
    const core::CertificateKey key{row.integer(ListedColumn::entry),
                                   row.time(ListedColumn::recorded)};
    if (may_fit(row, key)) CC_TRY(add(row, key));
    looked_to(key);
    return {};
  }

 private:
  // By the columns alone.
  [[nodiscard]] bool may_fit(const Query& row, const core::CertificateKey& key) const {
    return (!authority_ || row.integer(ListedColumn::authority) == *authority_) &&
           (!filter_.since || key.recorded >= *filter_.since) &&
           (!filter_.until || key.recorded <= *filter_.until) &&
           (!filter_.device || row.text(ListedColumn::device) == *filter_.device);
  }

  [[nodiscard]] Status add(const Query& row, const core::CertificateKey& key) {
    spend(filter_.subject ? kRecord + kSubject : kRecord);
    core::ListedCertificate listed;
    listed.key = key;
    const std::int64_t authority = row.integer(ListedColumn::authority);
    CC_TRY_ASSIGN(listed.ca, fingerprint(authority));
    CC_TRY_ASSIGN(listed.record, read_listed(database_, row));
    if (!core::fits(filter_, listed)) return {};
    CC_TRY_ASSIGN(listed.record.revocation,
                  find_revocation(database_, authority, listed.record.entry.certificate.serial));
    page_.certificates.push_back(std::move(listed));
    if (page_.certificates.size() < limit_) return {};
    page_.next = key;
    finished_ = true;
    return {};
  }

  [[nodiscard]] Result<core::CaFingerprint> fingerprint(std::int64_t number) {
    const auto known = fingerprints_.find(number);
    if (known != fingerprints_.end()) return known->second;
    Query query(database_, kCaOfNumber, number);
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return database_.damaged("has a certificate of a CA that it does not name");
    return fingerprints_.emplace(number, std::string(query.text(0))).first->second;
  }

  Database& database_;
  const core::CertificateFilter& filter_;
  const std::size_t limit_;
  std::optional<std::int64_t> authority_;
  std::map<std::int64_t, core::CaFingerprint> fingerprints_;
  core::CertificatePage page_;
  std::int64_t budget_ = kBudget;
  bool finished_ = false;
};

template <typename... Values>
Status look_at_all(Database& database, PageBuilder& page, StaticSql sql, const Values&... values) {
  Query query(database, sql, values...);
  while (!page.finished()) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    CC_TRY(page.look_at(query));
  }
  return {};
}

std::int64_t before(const core::CertificateFilter& filter) {
  return filter.after ? filter.after->entry : kEnd;
}

struct TimeRange {
  Timestamp since;
  Timestamp until;
};
TimeRange range_of(const core::CertificateFilter& filter) {
  return {filter.since.value_or(from_millis(std::numeric_limits<std::int64_t>::min())),
          filter.until.value_or(from_millis(kEnd))};
}

Status list_by_arrival(Database& database, PageBuilder& page,
                       const core::CertificateFilter& filter) {
  TimeRange range = range_of(filter);
  core::CertificateKey after{kEnd, from_millis(kEnd)};
  if (filter.after) after = *filter.after;
  range.until = std::min(range.until, after.recorded);
  return look_at_all(database, page, kListByArrival, range.since, range.until, after.recorded,
                     after.entry);
}

Status look_into(Database& database, PageBuilder& page, std::int64_t block,
                 const BlockEntries& candidates, std::int64_t below) {
  Status looked;
  const std::int64_t first = block * kBlockEntries;
  const std::int64_t end = std::min(below - first, kBlockEntries);
  candidates.for_each_down(static_cast<std::size_t>(end), [&](std::size_t offset) {
    page.spend(kLookup);
    looked = look_at_all(database, page, kListEntry, first + static_cast<std::int64_t>(offset));
    return looked.ok() && !page.finished();
  });
  return looked;
}

// Of parts of three octets and more.
Status list_by_subject(Database& database, PageBuilder& page,
                       const core::CertificateFilter& filter) {
  CC_TRY_ASSIGN(const std::int64_t indexed, indexed_to(database));
  const std::int64_t below = before(filter);
  CC_TRY(look_at_all(database, page, kListNewest, indexed, below));
  const TimeRange range = range_of(filter);
  SubjectCandidates candidates(text::to_lower(*filter.subject));
  Query blocks(database, kListBlocks, (std::min(below, indexed) - 1) / kBlockEntries);
  while (!page.finished()) {
    CC_TRY_ASSIGN(const bool row, blocks.next());
    if (!row) return {};
    page.spend(kBlock);
    const std::int64_t block = blocks.integer(0);
    const Timestamp oldest = blocks.time(1);
    if (oldest <= range.until && blocks.time(2) >= range.since) {
      CC_TRY_ASSIGN(const auto found, candidates.find(database, block));
      page.spend(kList * static_cast<std::int64_t>(found.lists_read));
      CC_TRY(look_into(database, page, block, found.entries, below));
    }
    page.looked_to({block * kBlockEntries, oldest});
  }
  return {};
}

Result<bool> is_short(Database& database, const TimeRange& range) {
  Query query(database, kCountRange, range.since, range.until, kShortRange);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row && query.integer(0) < kShortRange;
}

// By the index that leaves the fewest rows; what else is set is looked at on these.
Status fill(Database& database, PageBuilder& page, const core::CertificateFilter& filter) {
  if (filter.transaction_id && !filter.transaction_id->empty()) {
    return look_at_all(database, page, kListByTransaction, head_of_id(*filter.transaction_id),
                       before(filter));
  }
  if (filter.lineage) {
    return look_at_all(database, page, kListByLineage, filter.lineage->value, before(filter));
  }
  if (filter.device && !filter.device->empty()) {
    return look_at_all(database, page, kListByDevice, head_of_id(*filter.device), before(filter));
  }
  const bool indexed = filter.subject && !grams_of(*filter.subject).empty();
  if (filter.since || filter.until) {
    CC_TRY_ASSIGN(const bool short_range, is_short(database, range_of(filter)));
    if (short_range || !indexed) return list_by_arrival(database, page, filter);
  }
  if (indexed) return list_by_subject(database, page, filter);
  return look_at_all(database, page, kListNewest, 0, before(filter));
}

Result<std::vector<core::ListedCertificate>> all_named(Database& database,
                                                       const core::CertificateId& id) {
  core::CertificateFilter every;
  every.limit = kMaxNamesakes;
  PageBuilder page(database, every);
  if (!id.serial.empty()) {
    CC_TRY(look_at_all(database, page, kListBySerial, id.serial));
  } else if (id.thumbprint.size() == std::tuple_size_v<crypto::Sha1>) {
    CC_TRY(look_at_all(database, page, kListBySha1, head_of(id.thumbprint)));
  } else if (id.thumbprint.size() == std::tuple_size_v<crypto::Sha256>) {
    CC_TRY(look_at_all(database, page, kListBySha256, head_of(id.thumbprint)));
  }
  std::vector<core::ListedCertificate> named;
  for (core::ListedCertificate& listed : page.take().certificates) {
    if (core::is_named(id, listed.record.entry.certificate)) named.push_back(std::move(listed));
  }
  return named;
}

}  // namespace

Result<core::CertificateRecord> read_listed(Database& database, const Query& row) {
  core::CertificateRecord record;
  auto entry = decode_certificate(row.blob(ListedColumn::record));
  if (!entry) return database.damaged("has a damaged certificate record");
  record.entry = std::move(*entry);
  record.entry.holder.device = row.text(ListedColumn::device);
  record.lineage.value = row.integer(ListedColumn::lineage);
  return record;
}

Result<core::CertificatePage> list_certificates(Database& database,
                                                const core::CertificateFilter& filter) {
  if (filter.limit == 0) return core::CertificatePage();
  PageBuilder page(database, filter);
  CC_TRY(page.find_authority());
  CC_TRY(fill(database, page, filter));
  return page.take();
}

Result<std::vector<core::ListedCertificate>> find_of_every_ca(Database& database,
                                                              const core::CertificateId& id) {
  return all_named(database, id);
}

Result<std::vector<Bytes>> find_serials(Database& database, const std::string& digits,
                                        std::size_t max) {
  // Half an octet stands for all that begin with it. No serial number is as long as the end is.
  const bool half = digits.size() % 2 != 0;
  const auto first = text::from_hex(half ? digits + "0" : digits);
  const auto last = text::from_hex(half ? digits + "f" : digits);
  std::vector<Bytes> serials;
  if (!first || !last) return serials;
  Bytes end = *last;
  end.resize(kLongestSerial + 1, 0xFF);
  Query query(database, kSerialsBetween, *first, end, static_cast<std::int64_t>(max));
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return serials;
    serials.push_back(query.blob(0).to_bytes());
  }
}

}  // namespace certconnector::store
