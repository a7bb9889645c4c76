#include "agent/platform/paths.h"

#include <gtest/gtest.h>

#include "agent/platform/defaults.h"

namespace certconnector::platform {
namespace {

TEST(Paths, AreAbsoluteFromTheRoot) {
  for (const char* path : {"/", "/a", "/a/../b"}) EXPECT_TRUE(is_absolute_path(path)) << path;
  for (const char* path : {"", "a", "./a", "../a", "C:/a"}) {
    EXPECT_FALSE(is_absolute_path(path)) << path;
  }
}

TEST(Paths, AreJoinedByOneSlash) {
  EXPECT_EQ(join_path("/a", "b"), "/a/b");
  EXPECT_EQ(join_path("/a/", "b/c"), "/a/b/c");
  EXPECT_EQ(join_path("/", "b"), "/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(join_path("/tr\xC3\xAC", "\xE2\x82\xAC"), "/tr\xC3\xAC/\xE2\x82\xAC");
}

TEST(Paths, HaveAFolder) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("a/b"), "a");
  EXPECT_EQ(parent_path("a"), ".");
}

TEST(Defaults, AreAbsolute) {
  for (const char* path :
       {defaults().configuration_file, defaults().state_folder, defaults().runtime_folder,
        defaults().control_socket, defaults().backup_folder}) {
    EXPECT_TRUE(is_absolute_path(path)) << path;
  }
  EXPECT_EQ(parent_path(defaults().control_socket), defaults().runtime_folder);
}

}  // namespace
}  // namespace certconnector::platform
