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

}  // namespace
}  // namespace certconnector::app
