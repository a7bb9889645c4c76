// The index for searches by a part of the subject, in tables: blocks of certificates
// (subject_grams.h). A block is written once, when no certificate can come into it any more, and
// never changed; its rows go when its certificates are gone. Lists look one by one at certificates
// that are in no block yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/store/sqlite/store_writer.h"
#include "agent/store/sqlite/subject_grams.h"
#include "common/result/result.h"

namespace certconnector::store {

// The next piece of work on the index.
struct SubjectTask {
  std::int64_t block = 0;
  bool gone = false;          // else it is to be written
  std::int64_t expected = 0;  // `next_block` before it is written
};
[[nodiscard]] Result<std::optional<SubjectTask>> next_subject_task(Database& database);

// A block on its way into the index.
struct SubjectBlock {
  SubjectTask task;
  std::int64_t read_to = 0;  // an entry: those before it are read
  std::optional<Timestamp> oldest;
  std::optional<Timestamp> newest;
  BlockGrams grams;
};
// Reads at most `max` certificates more. Whether the block is read whole.
[[nodiscard]] Result<bool> read_subjects(Database& database, SubjectBlock& block, std::size_t max);
// `grams`: those of the block.
[[nodiscard]] Status save_block(StoreWriter& writer, const SubjectBlock& block,
                                const std::vector<EncodedGram>& grams);
[[nodiscard]] Status drop_block(StoreWriter& writer, std::int64_t block);
// After certificates of the block were deleted.
[[nodiscard]] Status note_purge(Database& database, std::int64_t block);

// The first entry that no block has.
[[nodiscard]] Result<std::int64_t> indexed_to(Database& database);

// Finds in a block the certificates that may hold a part of the subject: all that do, and others.
class SubjectCandidates {
 public:
  // `part` in lower case, of three octets or more.
  explicit SubjectCandidates(std::string_view part) : grams_(grams_of(part)) {}

  struct Found {
    BlockEntries entries;
    std::size_t lists_read = 0;
  };
  [[nodiscard]] Result<Found> find(Database& database, std::int64_t block);

 private:
  std::vector<std::uint32_t> grams_;  // the one that ended the last search first
};

}  // namespace certconnector::store
