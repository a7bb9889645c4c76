#include "agent/platform/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "agent/platform/errors.h"
#include "agent/platform/file_key_source.h"
#include "agent/platform/host_name.h"
#include "agent/platform/instance_lock.h"
#include "agent/platform/posix/owner.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0U;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Files, AWriteReplacesTheWholeFileWithTheExactModeAndLeavesNothingBeside) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("crl", "old and longer");
  const mode_t previous = ::umask(0077);
  const Status written = write_file_atomically(path, "new", FileMode::world_readable);
  ::umask(previous);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(folder.read("crl"), "new");
  EXPECT_EQ(mode_of(path), 0644U);
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(Files, AFailedWriteLeavesTheOldFile) {
  const certconnector::testing::TempDirectory folder;
  fs::create_directory(folder.path() / "target");
  folder.write("target/inside", "x");
  const Status written = write_file_atomically(folder.file("target"), "new", FileMode::secret);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(entries(folder.path()), 1U);
  EXPECT_THAT(
      write_file_atomically(folder.file("no/such/folder"), "x", FileMode::secret).error().message(),
      HasSubstr("No such file or directory"));
}

TEST(Files, CreateRefusesToReplace) {
  const certconnector::testing::TempDirectory folder;
  ASSERT_TRUE(create_file(folder.file("key"), "one", FileMode::secret).ok());
  const Status again = create_file(folder.file("key"), "two", FileMode::secret);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), error_code(PlatformErrc::exists));
  EXPECT_EQ(folder.read("key"), "one");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(Files, ASecretThatOthersCanReadIsRefusedWithTheCommandThatHelps) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("password", "geheim\n");
  const struct {
    unsigned mode;
    bool good;
  } rows[] = {{0600, true},  {0400, true},  {0640, false},
              {0604, false}, {0620, false}, {0644, false}};
  for (const auto& row : rows) {
    ASSERT_EQ(::chmod(path.c_str(), row.mode), 0);
    const auto secret = read_passphrase_file(path);
    EXPECT_EQ(secret.ok(), row.good) << row.mode;
    if (secret.ok()) {
      EXPECT_EQ(*secret, "geheim");
    } else {
      EXPECT_EQ(secret.error().code(), error_code(PlatformErrc::too_open));
      EXPECT_THAT(secret.error().message(), HasSubstr("run: chmod 600 " + path));
      EXPECT_THAT(secret.error().message(), Not(HasSubstr("geheim")));
    }
  }
}

TEST(Files, WhatOthersMayWriteIsRefusedWithTheCommandThatHelps) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("conf/agent.conf", "x");
  const std::string parent = folder.file("conf");
  const struct {
    unsigned file;
    unsigned parent;
    std::string refused;
  } rows[] = {{0640, 0750, ""},     {0644, 0755, ""},     {0660, 0750, path}, {0602, 0700, path},
              {0644, 0775, parent}, {0644, 0757, parent}, {0644, 01777, ""},  {0646, 01777, path}};
  for (const auto& row : rows) {
    ASSERT_EQ(::chmod(path.c_str(), row.file), 0);
    ASSERT_EQ(::chmod(parent.c_str(), row.parent), 0);
    const auto text = read_trusted_file(path, 10);
    ASSERT_EQ(text.ok(), row.refused.empty()) << row.file << " " << row.parent;
    if (text.ok()) continue;
    EXPECT_EQ(text.error().code(), error_code(PlatformErrc::too_open));
    EXPECT_THAT(text.error().message(), ::testing::EndsWith("run: chmod go-w " + row.refused));
  }
  EXPECT_EQ(check_only_owner_writes(parent).error().code(), error_code(PlatformErrc::too_open))
      << "the sticky bit does not help a folder of secrets";
  EXPECT_EQ(InstanceLock::take(parent).error().code(), error_code(PlatformErrc::too_open));
  ASSERT_EQ(::chmod(parent.c_str(), 0755), 0);
  EXPECT_TRUE(InstanceLock::take(parent).ok());
}

TEST(Files, TheFoldersAboveCountTooAndThoseThatALinkLeadsTo) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("above/conf/agent.conf", "x");
  const std::string above = folder.file("above");
  const std::string link = folder.file("links/conf");
  fs::create_directory(folder.file("links"));
  fs::create_directory_symlink(folder.file("above/conf"), link);
  EXPECT_TRUE(read_trusted_file(path, 10).ok());
  EXPECT_TRUE(read_trusted_file(link + "/agent.conf", 10).ok());
  ASSERT_EQ(::chmod(above.c_str(), 0777), 0);
  for (const std::string& name : {path, link + "/agent.conf"}) {
    const auto refused = read_trusted_file(name, 10);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_THAT(refused.error().message(), ::testing::EndsWith("run: chmod go-w " + above));
  }
  ASSERT_EQ(::chmod(above.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(folder.file("links").c_str(), 0777), 0);
  EXPECT_TRUE(read_trusted_file(path, 10).ok());
  EXPECT_FALSE(read_trusted_file(link + "/agent.conf", 10).ok()) << "the link may be replaced";
}

TEST(Files, AFileOfAnotherUserIsRefused) {
  EXPECT_TRUE(check_owner("/etc/x.conf", 0, 990).ok());
  EXPECT_TRUE(check_owner("/etc/x.conf", 990, 990).ok());
  EXPECT_TRUE(check_owner("/etc/x.conf", 990, 0).ok()) << "root looks at the agent's files";
  const Status refused = check_owner("/etc/x.conf", 1234, 990);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(PlatformErrc::too_open));
  EXPECT_THAT(refused.error().message(),
              ::testing::EndsWith("run as root: chown root /etc/x.conf"));
}

TEST(Files, ASecretInAFolderThatOthersMayWriteIsRefused) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("keys/key.pem", "geheim");
  const std::string parent = folder.file("keys");
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  for (const unsigned mode : {0700U, 0755U, 01777U}) {
    ASSERT_EQ(::chmod(parent.c_str(), mode), 0);
    EXPECT_TRUE(read_secret_file(path, 10).ok()) << mode;
  }
  for (const unsigned mode : {0720U, 0777U}) {
    ASSERT_EQ(::chmod(parent.c_str(), mode), 0);
    const auto secret = read_secret_file(path, 10);
    ASSERT_FALSE(secret.ok()) << mode;
    EXPECT_EQ(secret.error().code(), error_code(PlatformErrc::too_open));
    EXPECT_THAT(secret.error().message(), ::testing::EndsWith("run: chmod go-w " + parent));
  }
}

TEST(Files, ReadingIsBoundedAndTakesRegularFilesOnly) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("file", "12345");
  EXPECT_TRUE(read_file(path, 5).ok());
  EXPECT_EQ(read_file(path, 4).error().code(), error_code(PlatformErrc::too_large));
  EXPECT_EQ(read_file(folder.file("absent"), 4).error().code(),
            error_code(PlatformErrc::not_found));
  ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder.file("fifo"), 4).error().code(), error_code(PlatformErrc::malformed));
  EXPECT_FALSE(read_file(folder.path().string(), 4).ok());
}

TEST(Files, FoldersAreMadeForTheOwnerAlone) {
  const certconnector::testing::TempDirectory folder;
  ASSERT_TRUE(make_folder(folder.file("a/b")).ok());
  EXPECT_EQ(mode_of(folder.file("a/b")), 0700U);
  EXPECT_TRUE(make_folder(folder.file("a/b")).ok());
  folder.write("file", "x");
  EXPECT_FALSE(make_folder(folder.file("file")).ok());
}

TEST(FileKeySource, MakesAKeyOnceAndOpensIt) {
  const certconnector::testing::TempDirectory folder;
  FileKeySource keys;
  const std::string reference = "file:" + folder.file("key.pem");
  const auto made = keys.create(reference, {crypto::KeyKind::ec, 256});
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(mode_of(folder.file("key.pem")), 0600U);
  const auto opened = keys.open(reference);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->public_key_info(), made->public_key_info());
  EXPECT_EQ(keys.create(reference, {crypto::KeyKind::ec, 256}).error().code(),
            error_code(PlatformErrc::exists));
}

TEST(Folders, ANewOneIsForItsOwnerAlone) {
  const certconnector::testing::TempDirectory folder;
  const std::string made = folder.file("new");
  ASSERT_TRUE(make_new_folder(made).ok());
  struct stat info {};
  ASSERT_EQ(::stat(made.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
  EXPECT_EQ(make_new_folder(made).error().code(), error_code(PlatformErrc::exists));
  EXPECT_EQ(make_new_folder(made + "/a/b").error().code(), error_code(PlatformErrc::not_found));
}

TEST(Files, ALinkThatLeadsNowhereIsThere) {
  const certconnector::testing::TempDirectory folder;
  std::filesystem::create_symlink(folder.file("unmounted"), folder.file("ca"));
  EXPECT_TRUE(file_exists(folder.file("ca")));
  EXPECT_TRUE(file_exists(folder.file("ca/default/certificate.pem")));
  EXPECT_FALSE(file_exists(folder.file("other/default/certificate.pem")));
  folder.write("file", "");
  EXPECT_TRUE(file_exists(folder.file("file/inside"))) << "a file in the folder's place";
}

TEST(Folders, AreListed) {
  const certconnector::testing::TempDirectory folder;
  folder.write("a", "");
  folder.write("tr\xC3\xAC", "");
  EXPECT_THAT(list_folder(folder.path().string()).value(),
              ::testing::UnorderedElementsAre("a", "tr\xC3\xAC"));
  EXPECT_THAT(list_folder(folder.file("absent")).value(), ::testing::IsEmpty());
  EXPECT_FALSE(list_folder(folder.file("a")).ok()) << "a file";
}

TEST(Files, GetTheModeOfWhoMayReadThem) {
  const certconnector::testing::TempDirectory folder;
  const std::string path = folder.write("agent.log", "");
  ASSERT_TRUE(set_mode(path, FileMode::private_group).ok());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  EXPECT_EQ(set_mode(folder.file("absent"), FileMode::secret).error().code(),
            error_code(PlatformErrc::not_found));
}

TEST(HostName, IsTheSystems) {
  std::array<char, 256> name{};
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  EXPECT_EQ(host_name(), name.data());
}

TEST(FileKeySource, RefusesOtherReferencesOpenKeysAndGarbage) {
  const certconnector::testing::TempDirectory folder;
  FileKeySource keys;
  EXPECT_EQ(keys.open("pkcs11:token").error().code(), error_code(PlatformErrc::malformed));
  EXPECT_EQ(keys.open("file:").error().code(), error_code(PlatformErrc::malformed));
  EXPECT_EQ(keys.open("file:" + folder.file("absent")).error().code(),
            error_code(PlatformErrc::not_found));
  const std::string path = folder.write("key.pem", "not a key");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(keys.open("file:" + path).error().code(), error_code(PlatformErrc::too_open));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_THAT(keys.open("file:" + path).error().message(), HasSubstr(path));
}

TEST(InstanceLock, IsHeldByOneAndNamesTheHolder) {
  const certconnector::testing::TempDirectory folder;
  auto first = InstanceLock::take(folder.path().string());
  ASSERT_TRUE(first.ok());
  const auto second = InstanceLock::take(folder.path().string());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(PlatformErrc::busy));
  EXPECT_THAT(second.error().message(), HasSubstr("process " + std::to_string(::getpid())));
  first->reset();
  EXPECT_TRUE(InstanceLock::take(folder.path().string()).ok());
}

TEST(Files, AreReadInPiecesToTheEndOrTheFirstError) {
  const certconnector::testing::TempDirectory folder;
  const std::string contents(700'000, 'x');
  const std::string path = folder.write("large", contents);
  std::string read;
  ASSERT_TRUE(read_in_pieces(path, [&](std::string_view piece) {
                read += piece;
                return Status();
              }).ok());
  EXPECT_EQ(read, contents);
  EXPECT_EQ(file_size(path).value(), contents.size());
  int pieces = 0;
  const Status ended = read_in_pieces(path, [&](std::string_view) {
    ++pieces;
    return Status(Error(PlatformErrc::malformed, ErrorKind::permanent, "no"));
  });
  EXPECT_FALSE(ended.ok());
  EXPECT_EQ(pieces, 1);
}

TEST(Files, AFolderIsRenamedOnlyToANameThatIsFree) {
  const certconnector::testing::TempDirectory folder;
  for (const char* name : {"one", "two"}) fs::create_directory(folder.path() / name);
  const Status taken = rename_in_folder(folder.file("one"), folder.file("two"));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code(), error_code(PlatformErrc::exists));
  EXPECT_TRUE(rename_in_folder(folder.file("one"), folder.file("three")).ok());
  EXPECT_TRUE(fs::exists(folder.file("three")));
  EXPECT_TRUE(remove_folder(folder.file("three")).ok());
  EXPECT_TRUE(remove_folder(folder.file("three")).ok());
  EXPECT_FALSE(fs::exists(folder.file("three")));
}

}  // namespace
}  // namespace certconnector::platform
