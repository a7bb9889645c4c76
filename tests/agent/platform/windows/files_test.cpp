#include "agent/platform/files.h"

#include <windows.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"
#include "tests/support/windows/allow_everybody.h"

namespace certconnector::platform {
namespace {

using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using certconnector::testing::TempDirectory;
using ::testing::HasSubstr;

TEST(Files, AWriteReplacesTheWholeFileAndLeavesNothingBeside) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old and longer");
  const Status written = write_file_atomically(path, "new", FileMode::world_readable);
  ASSERT_TRUE(written.ok()) << written.error().message();
  EXPECT_EQ(folder.read("crl"), "new");
  EXPECT_EQ(list_folder(folder.path().u8string()).value().size(), 1U);
}

TEST(Files, LinesEndAsTheyWereWritten) {
  const TempDirectory folder;
  ASSERT_TRUE(write_file_atomically(folder.file("pem"), "a\nb\r\n\x1A", FileMode::secret).ok());
  EXPECT_EQ(read_file(folder.file("pem"), 100).value(), "a\nb\r\n\x1A");
}

TEST(Files, AReaderThatHasTheOldOneOpenGoesOnWithIt) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  const Handle reader(::CreateFileW(system_path(path).c_str(), GENERIC_READ,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                    OPEN_EXISTING, 0, nullptr));
  ASSERT_TRUE(reader.valid());
  ASSERT_TRUE(write_file_atomically(path, "new", FileMode::world_readable).ok());
  EXPECT_EQ(folder.read("crl"), "new");
  char seen[4] = {};
  DWORD count = 0;
  EXPECT_NE(::ReadFile(reader.get(), &seen[0], 3, &count, nullptr), 0);
  EXPECT_STREQ(&seen[0], "old");
}

// As a virus scanner does.
TEST(Files, AFileThatIsHeldForAMomentIsReplacedAfterIt) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  Handle holder(::CreateFileW(system_path(path).c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0,
                              nullptr));
  ASSERT_TRUE(holder.valid());
  std::thread releasing([&] {
    ::Sleep(50);
    holder.reset();
  });
  const Status written = write_file_atomically(path, "new", FileMode::world_readable);
  releasing.join();
  ASSERT_TRUE(written.ok()) << written.error().message();
  EXPECT_EQ(folder.read("crl"), "new");
}

TEST(Files, AFileThatStaysHeldIsAPassingErrorAndKeepsWhatItHas) {
  const TempDirectory folder;
  const std::string path = folder.write("crl", "old");
  Handle holder(::CreateFileW(system_path(path).c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0,
                              nullptr));
  ASSERT_TRUE(holder.valid());
  const auto read = read_file(path, 10);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::transient) << read.error().message();
  EXPECT_FALSE(write_file_atomically(path, "new", FileMode::secret).ok());
  holder.reset();
  EXPECT_EQ(folder.read("crl"), "old");
  EXPECT_EQ(list_folder(folder.path().u8string()).value().size(), 1U);
}

TEST(Files, CreateRefusesToReplace) {
  const TempDirectory folder;
  ASSERT_TRUE(create_file(folder.file("key"), "one", FileMode::secret).ok());
  EXPECT_EQ(openness_of(folder.file("key")), Openness::owner_alone);
  const Status again = create_file(folder.file("key"), "two", FileMode::secret);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), error_code(PlatformErrc::exists));
  EXPECT_EQ(folder.read("key"), "one");
}

TEST(Files, ASecretThatOthersCanReadIsRefusedWithTheCommandThatHelps) {
  const TempDirectory folder;
  const std::string path = folder.file("password");
  ASSERT_TRUE(create_file(path, "geheim\r\n", FileMode::secret).ok());
  EXPECT_EQ(read_passphrase_file(path).value(), "geheim");
  allow_everybody(path, GENERIC_READ);
  const auto secret = read_passphrase_file(path);
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code(), error_code(PlatformErrc::too_open));
  EXPECT_THAT(secret.error().message(), HasSubstr("run: icacls \"" + path + "\""));
}

TEST(Files, WhatOthersMayWriteIsRefused) {
  const TempDirectory folder;
  const std::string path = folder.write("agent.conf", "x");
  EXPECT_TRUE(read_trusted_file(path, 10).ok());
  allow_everybody(path, GENERIC_READ | GENERIC_WRITE);
  const auto text = read_trusted_file(path, 10);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code(), error_code(PlatformErrc::too_open));
}

TEST(Files, LongNamesAndNamesInOtherLettersAreUsed) {
  const TempDirectory folder;
  std::string deep = folder.file("tr\xC3\xAC\xE2\x82\xAC");
  for (int i = 0; i < 6; ++i) deep += "/" + std::string(60, static_cast<char>('a' + i));
  const Status made = make_folder(deep);
  ASSERT_TRUE(made.ok()) << made.error().message();
  const std::string path = join_path(deep, "\xCE\xBB.pem");
  ASSERT_GT(path.size(), std::size_t{MAX_PATH});
  ASSERT_TRUE(write_file_atomically(path, "x", FileMode::secret).ok());
  EXPECT_TRUE(file_exists(path));
  EXPECT_EQ(file_size(path).value(), 1U);
  EXPECT_THAT(list_folder(deep).value(), ::testing::ElementsAre("\xCE\xBB.pem"));
  ASSERT_TRUE(remove_file(path).ok());
  EXPECT_FALSE(file_exists(path));
  ASSERT_TRUE(remove_folder(folder.file("tr\xC3\xAC\xE2\x82\xAC")).ok());
  EXPECT_THAT(list_folder(folder.path().u8string()).value(), ::testing::IsEmpty());
}

TEST(Files, ReadingIsBoundedAndTakesRegularFilesOnly) {
  const TempDirectory folder;
  const std::string path = folder.write("file", "12345");
  EXPECT_TRUE(read_file(path, 5).ok());
  EXPECT_EQ(read_file(path, 4).error().code(), error_code(PlatformErrc::too_large));
  EXPECT_EQ(read_file(folder.file("absent"), 4).error().code(),
            error_code(PlatformErrc::not_found));
  EXPECT_EQ(read_file(folder.path().u8string(), 4).error().code(),
            error_code(PlatformErrc::malformed));
  EXPECT_FALSE(read_file("NUL", 4).ok());
}

TEST(Files, WhetherOneCanBeWrittenIsSeenWithoutMakingIt) {
  const TempDirectory folder;
  EXPECT_TRUE(check_appendable(folder.file("new.log")).ok());
  EXPECT_FALSE(file_exists(folder.file("new.log")));
  EXPECT_TRUE(check_appendable(folder.write("old.log", "x")).ok());
  EXPECT_EQ(folder.read("old.log"), "x");
  EXPECT_FALSE(check_appendable(folder.path().u8string()).ok());
  EXPECT_FALSE(check_appendable(folder.file("no/such.log")).ok());
  EXPECT_GT(free_room(folder.path().u8string()).value(), 0U);
  EXPECT_GT(free_room(folder.file("old.log")).value(), 0U);
}

TEST(Folders, ANewOneIsForItsOwnerAloneAndSoIsWhatIsMadeInIt) {
  const TempDirectory folder;
  ASSERT_TRUE(make_folder(folder.file("a/b")).ok());
  EXPECT_TRUE(make_folder(folder.file("a/b")).ok());
  EXPECT_EQ(openness_of(folder.file("a/b")), Openness::owner_alone);
  folder.write("file", "x");
  EXPECT_FALSE(make_folder(folder.file("file")).ok());
  EXPECT_EQ(make_new_folder(folder.file("a")).error().code(), error_code(PlatformErrc::exists));
  EXPECT_EQ(make_new_folder(folder.file("c/d")).error().code(),
            error_code(PlatformErrc::not_found));
}

TEST(Folders, AreRenamedOnlyToANameThatIsFree) {
  const TempDirectory folder;
  for (const char* name : {"one", "two"}) ASSERT_TRUE(make_folder(folder.file(name)).ok());
  const Status taken = rename_in_folder(folder.file("one"), folder.file("two"));
  ASSERT_FALSE(taken.ok());
  EXPECT_TRUE(rename_in_folder(folder.file("one"), folder.file("three")).ok());
  EXPECT_TRUE(file_exists(folder.file("three")));
}

}  // namespace
}  // namespace certconnector::platform
