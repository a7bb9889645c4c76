#include "agent/platform/paths.h"

#include <gtest/gtest.h>

#include "agent/platform/defaults.h"
#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

TEST(Paths, AreAbsoluteFromADriveAShareOrADevice) {
  for (const char* path :
       {"C:/", "c:\\a", "C:/a/../b", "\\\\server\\share\\a", "//./pipe/certificate-connector"}) {
    EXPECT_TRUE(is_absolute_path(path)) << path;
  }
  for (const char* path : {"", "a", "./a", "/a", "\\a", "C:", "C:a", "1:/a"}) {
    EXPECT_FALSE(is_absolute_path(path)) << path;
  }
}

TEST(Paths, AreJoinedByOneSlash) {
  EXPECT_EQ(join_path("C:/a", "b/c"), "C:/a/b/c");
  EXPECT_EQ(join_path("C:\\a\\", "b"), "C:\\a\\b");
  EXPECT_EQ(join_path("C:/", "b"), "C:/b");
  EXPECT_EQ(join_path("", "b"), "b");
}

TEST(Paths, HaveAFolderAndAName) {
  EXPECT_EQ(parent_path("C:/a/b"), "C:/a");
  EXPECT_EQ(parent_path("C:\\a/b"), "C:\\a");
  EXPECT_EQ(parent_path("C:/a"), "C:/");
  EXPECT_EQ(parent_path("C:/"), "C:/");
  EXPECT_EQ(parent_path("a"), ".");
  EXPECT_EQ(file_name("C:\\a/b.pem"), "b.pem");
  EXPECT_EQ(file_name("b.pem"), "b.pem");
}

TEST(Paths, GoToTheSystemWholeAndOfAnyLength) {
  EXPECT_EQ(system_path("C:/a/./b/../c."), L"\\\\?\\C:\\a\\c");
  EXPECT_EQ(system_path("\\\\server\\share\\a"), L"\\\\?\\UNC\\server\\share\\a");
  EXPECT_EQ(system_path("\\\\?\\C:\\a"), L"\\\\?\\C:\\a");
  EXPECT_EQ(full_path("C:/a/../tr\xC3\xAC"), "C:\\tr\xC3\xAC");
  EXPECT_EQ(wide("\xE2\x82\xAC"), L"\u20AC");
  EXPECT_EQ(narrow(L"\u20AC"), "\xE2\x82\xAC");
}

TEST(Defaults, AreAbsolute) {
  for (const char* path :
       {defaults().configuration_file, defaults().state_folder, defaults().runtime_folder,
        defaults().control_socket, defaults().backup_folder}) {
    EXPECT_TRUE(is_absolute_path(path)) << path;
  }
}

TEST(CommandLine, QuotesWhatAProgramWouldTakeApart) {
  EXPECT_EQ(command_line("C:/Program Files/x.exe", {}), L"\"C:/Program Files/x.exe\"");
  EXPECT_EQ(command_line("x", {"", "a b", "c\\d", "e\\", "f\"g", "h\\\"i"}),
            L"\"x\" \"\" \"a b\" c\\d e\\ \"f\\\"g\" \"h\\\\\\\"i\"");
}

TEST(CommandLine, TheEnvironmentEndsTwice) {
  EXPECT_EQ(environment_block({"B=2", "A=1"}), std::wstring(L"A=1\0B=2\0\0", 9));
  EXPECT_EQ(environment_block({}), std::wstring(2, L'\0'));
}

}  // namespace
}  // namespace certconnector::platform
