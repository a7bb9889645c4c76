#include "agent/store/sqlite/subject_index.h"

#include <algorithm>

#include "agent/core/certificate_filter.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "common/text/letter_case.h"

namespace certconnector::store {
namespace {

constexpr char kNextBlock[] = "SELECT value FROM meta WHERE name = 'next_block'";
constexpr char kNextEntry[] = "SELECT value FROM meta WHERE name = 'next_entry'";
constexpr char kSetNextBlock[] = "UPDATE meta SET value = ? WHERE name = 'next_block'";
constexpr char kFirstFrom[] =
    "SELECT entry FROM certificate WHERE entry >= ? ORDER BY entry LIMIT 1";
constexpr char kGone[] = "SELECT block FROM subject_block WHERE gone = 1 LIMIT 1";
constexpr char kRead[] =
    "SELECT entry, recorded, record FROM certificate WHERE entry >= ? AND entry < ? "
    "ORDER BY entry LIMIT ?";
constexpr char kSaveBlock[] = "INSERT INTO subject_block(block, oldest, newest) VALUES (?, ?, ?)";
constexpr char kSaveGram[] = "INSERT INTO subject_gram(block, gram, entries) VALUES (?, ?, ?)";
constexpr char kDropBlock[] = "DELETE FROM subject_block WHERE block = ?";
constexpr char kDropGrams[] = "DELETE FROM subject_gram WHERE block = ?";
constexpr char kMarkGone[] =
    "UPDATE subject_block SET gone = 1 WHERE block = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM certificate WHERE entry >= ?2 AND entry < ?3)";
constexpr char kEntries[] = "SELECT entries FROM subject_gram WHERE block = ? AND gram = ?";

// So few certificates are looked at sooner than another list is read.
constexpr std::size_t kFew = 2;

}  // namespace

Result<std::optional<SubjectTask>> next_subject_task(Database& database) {
  {
    Query gone(database, kGone);
    CC_TRY_ASSIGN(const bool row, gone.next());
    if (row) return std::make_optional(SubjectTask{gone.integer(0), true});
  }
  CC_TRY_ASSIGN(const std::int64_t next_block, database.integer(kNextBlock));
  CC_TRY_ASSIGN(const std::int64_t next_entry, database.integer(kNextEntry));
  Query first(database, kFirstFrom, next_block * kBlockEntries);
  CC_TRY_ASSIGN(const bool row, first.next());
  if (!row) return std::optional<SubjectTask>();
  const std::int64_t block = first.integer(0) / kBlockEntries;
  if (next_entry < (block + 1) * kBlockEntries) return std::optional<SubjectTask>();
  return std::make_optional(SubjectTask{block, false, next_block});
}

Result<bool> read_subjects(Database& database, SubjectBlock& block, std::size_t max) {
  const std::int64_t first = block.task.block * kBlockEntries;
  const std::int64_t from = std::max(first, block.read_to);
  std::size_t seen = 0;
  Query query(database, kRead, from, first + kBlockEntries, max);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return seen < max;
    ++seen;
    const std::int64_t entry = query.integer(0);
    const Timestamp recorded = query.time(1);
    const auto certificate = decode_certificate(query.blob(2));
    if (!certificate) return database.damaged("has a damaged certificate record");
    block.grams.add(static_cast<std::size_t>(entry - first),
                    text::to_lower(core::subject_of(certificate->certificate)));
    block.oldest = std::min(block.oldest.value_or(recorded), recorded);
    block.newest = std::max(block.newest.value_or(recorded), recorded);
    block.read_to = entry + 1;
  }
}

Status save_block(StoreWriter& writer, const SubjectBlock& block,
                  const std::vector<EncodedGram>& grams) {
  Database& database = writer.database();
  const std::int64_t number = block.task.block;
  CC_TRY_ASSIGN(const std::int64_t next_block, database.integer(kNextBlock));
  if (next_block != block.task.expected) return {};
  CC_TRY(run(database, kSetNextBlock, number + 1));
  if (!block.oldest) return {};
  CC_TRY(run(database, kSaveBlock, number, *block.oldest, *block.newest));
  for (const EncodedGram& one : grams) {
    CC_TRY(run(database, kSaveGram, number, one.gram, one.entries));
  }
  // A purge may have come between the reading and this.
  return note_purge(database, number);
}

Status drop_block(StoreWriter& writer, std::int64_t block) {
  CC_TRY(run(writer.database(), kDropGrams, block));
  return run(writer.database(), kDropBlock, block);
}

Status note_purge(Database& database, std::int64_t block) {
  return run(database, kMarkGone, block, block * kBlockEntries, (block + 1) * kBlockEntries);
}

Result<std::int64_t> indexed_to(Database& database) {
  CC_TRY_ASSIGN(const std::int64_t next_block, database.integer(kNextBlock));
  return next_block * kBlockEntries;
}

Result<SubjectCandidates::Found> SubjectCandidates::find(Database& database, std::int64_t block) {
  Found found;
  for (std::size_t i = 0; i < grams_.size(); ++i) {
    if (i > 0 && found.entries.size() <= kFew) break;
    Query query(database, kEntries, block, grams_[i]);
    CC_TRY_ASSIGN(const bool row, query.next());
    ++found.lists_read;
    const auto entries = row ? BlockEntries::decode(query.blob(0)) : BlockEntries();
    if (!entries) return database.damaged("has a damaged index of subjects");
    if (i == 0) {
      found.entries = *entries;
    } else {
      found.entries.keep_common(*entries);
    }
    if (found.entries.size() > 0) continue;
    std::rotate(grams_.begin(), grams_.begin() + static_cast<std::ptrdiff_t>(i),
                grams_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    break;
  }
  return found;
}

}  // namespace certconnector::store
