// The table of checks, verdicts and remedies, and what the doctor prints.
#include "agent/doctor/examination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "agent/control/transport_errors.h"
#include "agent/doctor/report.h"
#include "tests/support/temp_directory.h"

namespace certconnector::doctor {
namespace {

using ::testing::HasSubstr;

Error error_of(const std::string& message) {
  return {control::TransportErrc::failed, ErrorKind::permanent, message};
}

TEST(Checks, HaveEachItsIdAndARowInTheGuide) {
  const std::string guide = certconnector::testing::read_file(
      std::filesystem::u8path(CC_PACKAGING_DIR) / "doc/guide/doctor.md");
  std::set<std::string_view> ids;
  for (const Check* check : kChecks) {
    EXPECT_TRUE(ids.insert(check->id).second) << check->id;
    EXPECT_NE(check->area(), check->id) << "an area, a dot, a name";
    EXPECT_THAT(guide, HasSubstr("| `" + std::string(check->id) + "` | " +
                                 std::string(check->question) + " |"));
  }
}

TEST(Examination, TakesTheRemedyOutOfAnErrorsMessage) {
  Examination examination({});
  examination.failed(
      check::kFilesUsable, "ca.default",
      error_of("/a/key.pem can be read by others; run as root: chmod 600 /a/key.pem"),
      "something else");
  examination.failed(check::kFilesUsable, {}, error_of("it is gone"), "Put it back");
  ASSERT_EQ(examination.findings().size(), 2U);
  EXPECT_EQ(examination.findings()[0].evidence, "/a/key.pem can be read by others");
  EXPECT_EQ(examination.findings()[0].remedy, "Run as root: chmod 600 /a/key.pem");
  EXPECT_EQ(examination.findings()[1].evidence, "it is gone");
  EXPECT_EQ(examination.findings()[1].remedy, "Put it back");
}

TEST(Examination, DropsTheAreasThatNobodyAskedFor) {
  Examination examination({"clock"});
  examination.ok(check::kDiskRoom, {}, "much");
  examination.ok(check::kClockSynchronized, {}, "it is noon");
  ASSERT_EQ(examination.findings().size(), 1U);
  EXPECT_EQ(examination.findings()[0].check, &check::kClockSynchronized);
  EXPECT_FALSE(examination.wants("disk"));
}

TEST(Examination, WhatCannotBeCheckedIsNotWrong) {
  Examination examination({});
  examination.add(check::kDatabaseReadable, Verdict::unknown, {}, "in use", "ask the agent");
  EXPECT_EQ(examination.worst(), Verdict::ok);
  examination.add(check::kDiskRoom, Verdict::warning, {}, "little", "free some");
  EXPECT_EQ(examination.worst(), Verdict::warning);
  examination.add(check::kDiskRoom, Verdict::failed, {}, "none", "free some");
  examination.ok(check::kClockSynchronized, {}, "it is noon");
  EXPECT_EQ(examination.worst(), Verdict::failed);
}

TEST(Report, IsOneLineForEachFindingAndOneForItsRemedy) {
  Examination examination({});
  examination.ok(check::kClockSynchronized, {}, "it is noon");
  examination.add(check::kDiskRoom, Verdict::failed, "/var/lib", "full\x1b[2J", "free some");
  std::ostringstream out;
  print(out, examination);
  EXPECT_EQ(out.str(),
            "ok       clock.synchronized        it is noon\n"
            "failed   disk.room                 /var/lib: full\\x1b[2J\n"
            "         -> free some\n"
            "\n"
            "1 ok, 0 warnings, 1 failed, 0 cannot be checked here\n");
}

TEST(Report, HasTheSameForPrograms) {
  Examination examination({});
  examination.ok(check::kClockSynchronized, {}, "it is noon");
  examination.add(check::kDiskRoom, Verdict::warning, "/var/lib", "little", "free some");
  std::ostringstream out;
  print_json(out, examination);
  const auto document = nlohmann::json::parse(out.str());
  EXPECT_EQ(document["verdict"], "warning");
  EXPECT_EQ(document["checks"][0], (nlohmann::json{{"id", "clock.synchronized"},
                                                   {"area", "clock"},
                                                   {"verdict", "ok"},
                                                   {"evidence", "it is noon"}}));
  EXPECT_EQ(document["checks"][1]["subject"], "/var/lib");
  EXPECT_EQ(document["checks"][1]["remedy"], "free some");
}

}  // namespace
}  // namespace certconnector::doctor
