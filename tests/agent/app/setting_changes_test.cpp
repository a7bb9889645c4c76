#include "agent/app/setting_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certconnector::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SettingChanges, NamesSectionAndKey) {
  config::Settings before;
  config::Settings after = before;
  EXPECT_THAT(setting_changes(before, after), IsEmpty());
  after.log.level = log::Level::debug;
  after.http.listen = "127.0.0.1:8080";
  EXPECT_THAT(setting_changes(before, after), ElementsAre("[http] listen", "[log] level"));
  EXPECT_THAT(setting_changes(after, before), ElementsAre("[http] listen", "[log] level"));
}

TEST(SettingChanges, ASectionThatComesOrGoesStandsForItsKeys) {
  config::Settings before;
  config::Settings after = before;
  config::ScepSettings service;
  service.name = "phones";
  after.scep.push_back(service);
  EXPECT_THAT(setting_changes(before, after), ElementsAre("[scep.phones]"));
  EXPECT_THAT(setting_changes(after, before), ElementsAre("[scep.phones] (no longer there)"));
}

}  // namespace
}  // namespace certconnector::app
