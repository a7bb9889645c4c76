#include "agent/app/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certconnector::app {
namespace {

using core::found;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
namespace finding = core::finding;

TEST(BrokenByReloads, IsWhatIsNewOrWhatAnEarlierOneBroke) {
  const core::HealthFinding old_fault = found(finding::kCaUnusable, "ca.old", "no key", "");
  const core::HealthFinding fault = found(finding::kCaUnusable, "ca.lab", "no key", "");
  const core::HealthFinding sound = core::all_is_well("ca.new", "the CA can issue");
  const auto lab = ElementsAre(Field(&core::HealthFinding::component, "ca.lab"));
  EXPECT_THAT(broken_by_reloads({old_fault}, {}, {old_fault, fault, sound}), lab);
  EXPECT_THAT(broken_by_reloads({old_fault, fault}, {fault}, {old_fault, fault, sound}), lab)
      << "`reload || alarm` rings until it is mended";
  EXPECT_THAT(broken_by_reloads({old_fault, fault}, {fault}, {old_fault}), IsEmpty());
}

TEST(BeginsAnew, WithTheSettingsThatAFindingIsAbout) {
  const auto of = [](const core::FindingCode& code, const std::string& component,
                     const std::string& changed) {
    return begins_anew(found(code, component, "", ""), {"[log] level", changed});
  };
  EXPECT_TRUE(of(finding::kScepCannotEnroll, "scep.dev", "[scep.dev]"));
  EXPECT_TRUE(of(finding::kScepCannotEnroll, "scep.dev", "[scep.dev] ca"));
  EXPECT_FALSE(of(finding::kScepCannotEnroll, "scep.dev", "[scep.dev] template"));
  EXPECT_FALSE(of(finding::kScepCannotEnroll, "scep.dev", "[scep.dev2]"));
  EXPECT_TRUE(of(finding::kEndpointDenies, "endpoint", "[management] proxy"));
  EXPECT_TRUE(of(finding::kEndpointFails, "endpoint", "[management] url"));
  EXPECT_FALSE(of(finding::kEndpointFails, "endpoint", "[retry] base"));
  EXPECT_FALSE(of(finding::kCaUnusable, "ca.lab", "[ca.lab]"));
}

}  // namespace
}  // namespace certconnector::app
