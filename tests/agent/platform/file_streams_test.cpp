#include "agent/platform/file_streams.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/platform/errors.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

using certconnector::testing::TempDirectory;

std::size_t files_in(const TempDirectory& folder) {
  return list_folder(folder.path().string()).value().size();
}

std::string whole(const ByteSource& source) {
  Bytes octets;
  EXPECT_TRUE(read_all(source, octets));
  return std::string(as_text(octets));
}

TEST(SpoolFile, GivesBackWhatItTookAndNobodySeesIt) {
  const TempDirectory folder;
  auto spool = SpoolFile::beside(folder.file("crl"));
  ASSERT_TRUE(spool.ok());
  std::string all;
  for (const std::size_t size : {1U, 8000U, 300U, 0U, 100000U, 8192U, 5U}) {
    const std::string piece(size, static_cast<char>('a' + all.size() % 26));
    ASSERT_TRUE(spool->append(as_bytes(piece)).ok());
    all += piece;
    EXPECT_EQ(spool->size(), all.size());
  }
  if (certconnector::testing::names_go_at_once()) {
    EXPECT_EQ(files_in(folder), 0U);
  }
  for (int time = 0; time < 2; ++time) {
    std::string read;
    ASSERT_TRUE(spool
                    ->read([&](ByteView piece) {
                      EXPECT_LE(piece.size(), 65536U);
                      read += as_text(piece);
                      return Status();
                    })
                    .ok());
    EXPECT_TRUE(read == all);
  }
}

TEST(SpoolFile, EndsWithTheErrorOfItsReader) {
  const TempDirectory folder;
  auto spool = SpoolFile::beside(folder.file("crl"));
  ASSERT_TRUE(spool.ok());
  ASSERT_TRUE(spool->append(as_bytes(std::string(200000, 'x'))).ok());
  int calls = 0;
  const Status read = spool->read([&](ByteView) -> Status {
    ++calls;
    return Error(PlatformErrc::input_output, ErrorKind::transient, "the disk is full");
  });
  EXPECT_FALSE(read.ok());
  EXPECT_EQ(calls, 1);
}

TEST(NextVersion, IsSeenWhenItIsWhole) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  auto next = NextVersion::beside(path);
  ASSERT_TRUE(next.ok());
  ASSERT_TRUE(next->append(as_bytes("new ")).ok());
  ASSERT_TRUE(next->append(as_bytes("one")).ok());
  EXPECT_EQ(folder.read("crl"), "old");
  ASSERT_TRUE(next->take_place_of(path, FileMode::world_readable).ok());
  EXPECT_EQ(folder.read("crl"), "new one");
  EXPECT_EQ(files_in(folder), 1U);
  EXPECT_EQ(certconnector::testing::openness_of(path), certconnector::testing::Openness::all_read);
}

TEST(NextVersion, ThatIsGivenUpLeavesTheOldOneAndNothingElse) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  {
    auto next = NextVersion::beside(path);
    ASSERT_TRUE(next.ok());
    ASSERT_TRUE(next->append(as_bytes("half")).ok());
    EXPECT_EQ(files_in(folder), 2U);
  }
  EXPECT_EQ(folder.read("crl"), "old");
  EXPECT_EQ(files_in(folder), 1U);
}

TEST(OpenFile, StaysTheVersionThatWasOpened) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  const auto before = open_file(path);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(write_file_atomically(path, "a longer one", FileMode::world_readable).ok());
  EXPECT_EQ(whole(**before), "old");
  EXPECT_EQ(whole(**open_file(path)), "a longer one");
}

TEST(OpenFile, SaysWhenItWasCutShort) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "octets");
  const auto file = open_file(path);
  ASSERT_TRUE(file.ok());
  std::filesystem::resize_file(path, 2);
  Bytes piece(6);
  EXPECT_FALSE((*file)->read(0, piece));
}

TEST(OpenFile, NeedsARegularFile) {
  const TempDirectory folder;
  EXPECT_EQ(open_file(folder.file("crl")).error().code(), error_code(PlatformErrc::not_found));
  EXPECT_FALSE(open_file(folder.path().string()).ok());
}

TEST(LeftOver, FilesOfTheseNamesAloneAreRemoved) {
  const TempDirectory folder;
  for (const char* name : {"ca.crl.next-aB3xYz", "ca.crl.spool-aB3xYz"}) folder.write(name, "x");
  for (const char* name : {"ca.crl", "ca.crl.backup", "ca.crl.next-", "ca.crl.next-aB3xYzz",
                           "other.crl.next-aB3xYz", "ca.crl.aB3xYz"}) {
    folder.write(name, "x");
  }
  remove_left_over(folder.file("ca.crl"));
  EXPECT_EQ(files_in(folder), 6U);
  EXPECT_FALSE(file_exists(folder.file("ca.crl.next-aB3xYz")));
  EXPECT_FALSE(file_exists(folder.file("ca.crl.spool-aB3xYz")));
}

}  // namespace
}  // namespace certconnector::platform
