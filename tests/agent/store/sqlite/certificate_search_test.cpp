// Lists of certificates at sizes where the index of subjects, and the bound of a call, count.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/subject_index.h"
#include "tests/agent/store/sqlite/queue_fixture.h"
#include "tests/support/core/named_certificate.h"

namespace certconnector::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CertificateSearch : public ::testing::Test {
 protected:
  // Entries `from` to `to`, one a second; each is called by its number.
  void record(std::int64_t from, std::int64_t to) {
    constexpr std::int64_t kBatch = 1000;
    for (std::int64_t first = from; first <= to; first += kBatch) {
      std::vector<core::CertificateEntry> entries;
      for (std::int64_t i = first; i <= std::min(to, first + kBatch - 1); ++i) {
        core::CertificateEntry entry;
        const std::string number = std::to_string(i);
        std::copy(number.begin(), number.end(), entry.key.begin());
        entry.certificate =
            certconnector::testing::named_certificate("CN=n" + number + "n,O=Test", at(1'000'000));
        entry.holder.job = number;
        entries.push_back(std::move(entry));
      }
      ASSERT_TRUE(store().record(kCa, entries, at(first)).ok());
    }
  }
  // Does all that is to do; how many blocks there are then.
  std::int64_t index() {
    while (store().index_subjects().value()) {
    }
    return count("SELECT count(*) FROM subject_block");
  }
  core::CertificatePage page(const std::string& part,
                             const std::optional<core::CertificateKey>& after = std::nullopt) {
    core::CertificateFilter filter;
    filter.subject = part;
    filter.after = after;
    return store().list(filter).value();
  }
  // All pages to the end.
  std::vector<std::string> search(const std::string& part) {
    std::vector<std::string> jobs;
    std::optional<core::CertificateKey> after;
    do {
      const auto found = page(part, after);
      for (const auto& one : found.certificates) jobs.push_back(one.record.entry.holder.job);
      after = found.next;
    } while (after);
    return jobs;
  }
  std::int64_t count(StaticSql sql) {
    return stores_.file().browse([&](Database& database) { return database.integer(sql); }).value();
  }
  Status change(StaticSql sql) {
    return stores_.file().write(
        [&](StoreWriter& writer) { return store::run(writer.database(), sql); });
  }
  // The writer reads its sequences again.
  void forget_numbers() {
    stores_.file().peek([](StoreWriter& writer) {
      writer.forget();
      return 0;
    });
  }
  SqliteCertificateStore& store() { return stores_.certificates; }

  certconnector::testing::TempDirectory folder_;
  OpenStores stores_{folder_.file("agent.db")};
};

TEST_F(CertificateSearch, FindsTheSameWithAndWithoutTheIndex) {
  record(1, 2 * kBlockEntries + 100);
  const std::vector<std::string> parts{"n17n",   "n4095n", "n4096n", "n8191n",  "n8192n",
                                       "n8290n", "N777",   "o=test", "n99999n", "zzz"};
  std::vector<std::vector<std::string>> before;
  for (const std::string& part : parts) before.push_back(search(part));
  EXPECT_THAT(before[0], ElementsAre("17"));
  EXPECT_THAT(before[5], ElementsAre("8290"));
  EXPECT_THAT(before[6], SizeIs(11)) << "n777n, n7770n to n7779n";
  EXPECT_THAT(before[7], SizeIs(8292));
  EXPECT_THAT(before[8], IsEmpty());
  EXPECT_EQ(index(), 2) << "blocks that are whole";
  for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(search(parts[i]), before[i]) << parts[i];
  EXPECT_FALSE(page("n17n").next) << "in one call";
}

TEST_F(CertificateSearch, ACallThatWouldTakeLongSaysHowFarItLooked) {
  record(1, 8000);
  const auto first = page("n17n");
  EXPECT_THAT(first.certificates, IsEmpty());
  ASSERT_TRUE(first.next);
  EXPECT_EQ(first.searched_to, first.next->recorded);
  EXPECT_LT(first.next->entry, 6000);
  EXPECT_THAT(search("n17n"), ElementsAre("17"));
}

TEST_F(CertificateSearch, TheIndexKnowsTheTimesOfItsBlocks) {
  record(1, 3 * kBlockEntries);
  index();
  core::CertificateFilter filter;
  filter.subject = "o=test";
  filter.since = at(1);
  filter.until = at(3001);
  filter.limit = 3;
  const auto found = store().list(filter).value();
  ASSERT_THAT(found.certificates, SizeIs(3));
  EXPECT_EQ(found.certificates[0].record.entry.holder.job, "4000");
  filter.subject = "zzz";
  EXPECT_FALSE(store().list(filter).value().next);
}

TEST_F(CertificateSearch, ABlockGoesWithTheLastOfItsCertificates) {
  record(1, kBlockEntries + 5);
  ASSERT_EQ(index(), 1);
  ASSERT_TRUE(change("UPDATE certificate SET not_after = 7 WHERE entry < 4096").ok());
  ASSERT_EQ(store().purge_expired(at(1), 4000).value(), 4000U);
  EXPECT_EQ(index(), 1) << "some are left";
  EXPECT_THAT(search("o=test"), SizeIs(kBlockEntries + 5 - 4000)) << "the index names purged ones";
  ASSERT_EQ(store().purge_expired(at(1), 4000).value(), 95U);
  EXPECT_GT(count("SELECT count(*) FROM subject_gram"), 0);
  EXPECT_EQ(index(), 0);
  EXPECT_EQ(count("SELECT count(*) FROM subject_gram"), 0);
  EXPECT_THAT(search("o=test"), SizeIs(6));
}

TEST_F(CertificateSearch, AGapInTheEntriesIsNoBlock) {
  record(1, 10);
  ASSERT_TRUE(change("DELETE FROM certificate").ok());
  ASSERT_TRUE(change("UPDATE meta SET value = 5 * 4096 WHERE name = 'next_entry'").ok());
  forget_numbers();
  EXPECT_EQ(index(), 0);
  record(5 * kBlockEntries, 6 * kBlockEntries);
  EXPECT_EQ(index(), 1);
  EXPECT_EQ(count("SELECT block FROM subject_block"), 5);
  EXPECT_THAT(search("n20480n"), ElementsAre("20480"));
}

TEST_F(CertificateSearch, ALineageHasItsFirstAndThoseThatRenewedIt) {
  record(1, 5);
  ASSERT_TRUE(change("UPDATE certificate SET lineage = 2 WHERE entry IN (3, 5)").ok());
  core::CertificateFilter filter;
  filter.lineage = core::LineageId{2};
  std::vector<std::string> jobs;
  const auto page = store().list(filter).value();
  for (const auto& one : page.certificates) {
    EXPECT_EQ(one.record.lineage.value, 2);
    jobs.push_back(one.record.entry.holder.job);
  }
  EXPECT_THAT(jobs, ElementsAre("5", "3", "2"));
  const auto by_id = store().find(
      kCa,
      core::CertificateId{
          certconnector::testing::named_certificate("CN=n5n,O=Test", at(1'000'000)).serial, {}});
  EXPECT_EQ(by_id.value()->lineage.value, 2);
}

TEST_F(CertificateSearch, TheOrderOfArrivalHoldsWhenTheClockWasSetBack) {
  record(1, 3);
  ASSERT_TRUE(change("UPDATE certificate SET recorded = recorded - 100000 WHERE entry = 2").ok());
  core::CertificateFilter filter;
  filter.until = at(1'000'000);
  filter.limit = 1;
  std::vector<std::string> jobs;
  do {
    const auto found = store().list(filter).value();
    for (const auto& one : found.certificates) jobs.push_back(one.record.entry.holder.job);
    filter.after = found.next;
  } while (filter.after);
  EXPECT_THAT(jobs, ElementsAre("3", "1", "2"));
}

TEST_F(CertificateSearch, ADamagedListOfTheIndexIsDamage) {
  record(1, kBlockEntries);
  ASSERT_EQ(index(), 1);
  ASSERT_TRUE(change("UPDATE subject_gram SET entries = x'07'").ok());
  core::CertificateFilter filter;
  filter.subject = "n17n";
  const auto found = store().list(filter);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::corrupt);
}

}  // namespace
}  // namespace certconnector::store
