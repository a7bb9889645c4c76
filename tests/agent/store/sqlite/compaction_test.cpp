#include "agent/store/sqlite/compaction.h"

#include <filesystem>
#include <fstream>

#include "agent/core/errors.h"
#include "agent/store/sqlite/database_file.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/salvage_files.h"
#include "tests/agent/store/sqlite/salvage_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::store {
namespace {

class CompactionTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] bool is_there(const std::string& name) const {
    return std::filesystem::exists(file(name));
  }
  void write(const std::string& name, const std::string& contents) const {
    std::ofstream(file(name), std::ios::binary) << contents;
  }
  // The file of an agent that ran, whose rejected jobs are gone.
  void make_database() {
    write("agent.db", busy_image());
    OpenStores stores(file("agent.db"));
    std::vector<core::NewJob> jobs;
    for (int i = 0; i < 3000; ++i) {
      jobs.push_back(leased(issue_job("old-" + std::to_string(i)), 1, at(900)));
      jobs.back().rejection = core::failed(core::failure::kBadJob, "no");
    }
    ASSERT_TRUE(stores.jobs.insert(jobs, at(0)).ok());
    const auto reports = stores.jobs.unreported({}, 10000).value();
    std::vector<core::ReportAcknowledgement> acknowledged;
    for (const core::Report& report : reports) {
      acknowledged.push_back({report.ticket, {}, {}, {}});
    }
    ASSERT_TRUE(stores.jobs.acknowledge(acknowledged, at(1)).ok());
    while (*stores.jobs.purge(at(2), at(2), 1000) > 0) {
    }
  }
  // All rows of all tables.
  std::vector<std::string> rows() {
    OpenStores stores(file("agent.db"));
    std::vector<std::string> texts;
    for (const std::string& name : names_in(busy_image())) {
      if (!is_table(busy_image(), name)) continue;
      const Status read = stores.file().browse([&](Database& database) -> Status {
        texts.push_back(name + ":" + table_text(database, name));
        return {};
      });
      EXPECT_TRUE(read.ok());
    }
    return texts;
  }
  Result<CompactionReport> run(int end_at = 0) {
    int reports = 0;
    return compact(folder_.path().string(), [&](const CompactionProgress& progress) -> Status {
      EXPECT_LE(progress.done, progress.total);
      if (++reports != end_at) return {};
      return Error(StoreErrc::internal, ErrorKind::transient, "ended");
    });
  }

  certconnector::testing::TempDirectory folder_;
};

TEST_F(CompactionTest, KeepsEveryRowInASmallerFile) {
  make_database();
  const auto before = rows();
  {
    OpenStores stores(file("agent.db"));
    EXPECT_GT(stores.file().size()->free_octets, stores.file().size()->octets / 4);
  }
  const auto report = run();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_LT(report->after, report->before - report->before / 4);
  EXPECT_EQ(report->after, std::filesystem::file_size(file("agent.db")));
  for (const char* name : {kCompactedName, kReplacingName, "agent.db-wal"}) {
    EXPECT_FALSE(is_there(name)) << name;
  }
  EXPECT_EQ(certconnector::testing::openness_of(file("agent.db")),
            certconnector::testing::Openness::owner_alone);
  EXPECT_TRUE(rows() == before);
  OpenStores stores(file("agent.db"));
  EXPECT_EQ(stores.file().size()->free_octets, 0U);
  EXPECT_TRUE(stores.jobs.probe().ok());
}

// The head of the file tells SQLite of so many pages; the file has them, without room on the disk.
TEST_F(CompactionTest, WithoutRoomItSaysHowMuchItNeeds) {
  make_database();
  std::fstream head(file("agent.db"), std::ios::in | std::ios::out | std::ios::binary);
  head.seekp(28);
  head.write("\x40\0\0\0", 4);
  head.close();
  certconnector::testing::extend_without_room(file("agent.db"), std::uintmax_t{1} << 42U);
  const auto report = run();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), error_code(StoreErrc::disk_full));
  EXPECT_NE(report.error().message().find("needs 44564"), std::string::npos)
      << report.error().message();
  EXPECT_FALSE(is_there(kCompactedName));
  EXPECT_FALSE(is_there(kReplacingName));
  EXPECT_EQ(std::filesystem::file_size(file("agent.db")), std::uintmax_t{1} << 42U);
}

TEST_F(CompactionTest, OneThatIsEndedChangesNothing) {
  make_database();
  const auto before = rows();
  for (const int end_at : {1, 2}) {
    const auto report = run(end_at);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().message(), "ended");
    EXPECT_FALSE(is_there(kCompactedName));
    EXPECT_FALSE(is_there(kReplacingName));
    EXPECT_TRUE(rows() == before);
  }
}

TEST_F(CompactionTest, APartOfANewFileGoesAtTheNextStart) {
  make_database();
  const std::string of_a_salvage = std::string(kSalvagedName) + ".new";
  write(kCompactedName, "part");
  write(of_a_salvage, "part");
  OpenStores stores(file("agent.db"));
  EXPECT_FALSE(is_there(kCompactedName));
  EXPECT_FALSE(is_there(of_a_salvage));
}

TEST_F(CompactionTest, AWholeNewFileTakesItsPlaceAtTheNextStart) {
  make_database();
  const auto before = rows();
  ASSERT_TRUE(run().ok());
  // As if killed between the last two steps, with a log of the old file.
  std::filesystem::rename(file("agent.db"), file(kReplacingName));
  write("agent.db", busy_image());
  write("agent.db-wal", std::string(5000, 'x'));
  EXPECT_TRUE(rows() == before);
  EXPECT_FALSE(is_there(kReplacingName));
}

TEST_F(CompactionTest, WhatCannotBeReadIsNotReplaced) {
  EXPECT_EQ(run().error().kind(), ErrorKind::permanent) << "there is none";
  std::string image = busy_image();
  image.replace(100, 4000, 4000, 'x');
  write("agent.db", image);
  EXPECT_EQ(run().error().kind(), ErrorKind::corrupt);
  std::ifstream kept(file("agent.db"), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), image);
  EXPECT_FALSE(is_there(kReplacingName));
}

TEST_F(CompactionTest, DamageInATableEndsIt) {
  const auto pages = pages_of(busy_image(), "certificate", Pages::root);
  write("agent.db", without_pages(busy_image(), pages));
  const auto report = run();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind(), ErrorKind::corrupt);
  EXPECT_TRUE(is_there("agent.db"));
  EXPECT_FALSE(is_there(kReplacingName));
}

}  // namespace
}  // namespace certconnector::store
