#include "agent/ca/adcs/adcs_settings.h"

#include <gtest/gtest.h>

namespace certconnector::ca {
namespace {

using Options = config::RuledCaOptions<AdcsSettings>;

TEST(AdcsSettings, TakeACaAndNamesOfItsTemplates) {
  Options options(adcs_rules());
  EXPECT_EQ(options.set("config_string", "ca.corp.example\\Corp Issuing CA"), std::nullopt);
  EXPECT_EQ(options.set("ca_templates", "device=Corp Device, user=CorpUser"), std::nullopt);
  EXPECT_EQ(options.values().name_at_ca("device"), "Corp Device");
  EXPECT_EQ(options.values().name_at_ca("user"), "CorpUser");
  EXPECT_EQ(options.values().name_at_ca("vpn"), "vpn");
  options.fill_paths("/state/ca/corp");
  EXPECT_EQ(options.get("certificate_file"), "/state/ca/corp/certificate.pem");
}

TEST(AdcsSettings, RefuseWhatNamesNoCaOrNoTemplate) {
  Options options(adcs_rules());
  for (const char* bad : {"ca.corp.example", "\\Corp", "host\\", "a\\b\\c", "host\\a\nb"}) {
    EXPECT_NE(options.set("config_string", bad), std::nullopt) << bad;
  }
  for (const char* bad : {"device", "=x", "device=", "a=b,", "a=b\nSAN:x"}) {
    EXPECT_NE(options.set("ca_templates", bad), std::nullopt) << bad;
  }
}

TEST(AdcsSettings, WantTheCaNamed) {
  std::string complaint;
  Options options(adcs_rules());
  options.check(
      [&](const std::string& key, const std::string& text) { complaint = key + ": " + text; });
  EXPECT_NE(complaint.find("config_string: is missing"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::ca
