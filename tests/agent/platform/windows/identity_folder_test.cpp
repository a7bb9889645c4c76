#include "agent/platform/identity_folder.h"

#include <gtest/gtest.h>

#include <thread>

#include "agent/platform/files.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::platform {
namespace {

IdentityFiles files(const std::string& mark) {
  return {"key " + mark, "certificate " + mark, "{\"mark\":\"" + mark + "\"}", "ca " + mark};
}

class IdentityFolderTest : public ::testing::Test {
 protected:
  void save(const std::string& mark) {
    const Status saved = folder_.save(files(mark));
    ASSERT_TRUE(saved.ok()) << saved.error().message();
  }
  void expect(const std::string& mark) const {
    const auto loaded = folder_.load();
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
    ASSERT_TRUE(loaded->has_value());
    EXPECT_EQ((*loaded)->key_pem, "key " + mark);
    EXPECT_EQ((*loaded)->endpoint_ca_pem, "ca " + mark);
  }

  certconnector::testing::TempDirectory state_;
  IdentityFolder folder_{state_.path().u8string()};
};

TEST_F(IdentityFolderTest, ASaveReplacesTheOldOneAndLeavesNoneOfItBehind) {
  EXPECT_FALSE(folder_.load().value().has_value());
  save("one");
  expect("one");
  save("two");
  expect("two");
  EXPECT_EQ(list_folder(state_.path().u8string()).value().size(), 1U);
  EXPECT_EQ(certconnector::testing::openness_of(state_.file("identity/key.pem")),
            certconnector::testing::Openness::owner_alone);
}

TEST_F(IdentityFolderTest, WhateverStepASaveWasKilledAfterThereIsOneCompleteSet) {
  save("one");
  ASSERT_TRUE(make_folder(state_.file("identity.part")).ok());
  expect("one");
  ASSERT_TRUE(rename_in_folder(folder_.path(), state_.file("identity.next")).ok());
  expect("one");
  save("two");
  expect("two");
  ASSERT_TRUE(rename_in_folder(folder_.path(), state_.file("identity.before-1")).ok());
  EXPECT_FALSE(folder_.load().value().has_value()) << "moved away by a person";
  save("three");
  expect("three");
  EXPECT_EQ(list_folder(state_.path().u8string()).value().size(), 1U);
}

// A backup reads the identity while the agent renews it.
TEST_F(IdentityFolderTest, ALoadBesideSavesGivesOneGeneration) {
  save("0");
  std::thread saving([this] {
    for (int i = 1; i <= 20; ++i) save(std::to_string(i));
  });
  for (bool last = false; !last;) {
    const auto loaded = folder_.load();
    if (!loaded.ok() || !loaded->has_value()) {
      ADD_FAILURE() << (loaded.ok() ? "no identity" : loaded.error().message());
      break;
    }
    const std::string mark = (*loaded)->key_pem.substr(std::string("key ").size());
    EXPECT_EQ((*loaded)->endpoint_ca_pem, "ca " + mark);
    last = mark == "20";
  }
  saving.join();
}

}  // namespace
}  // namespace certconnector::platform
