#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/config/reading.h"

namespace certconnector::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kThumbprint = "sha256:" + std::string(64, 'a');
const std::string kScep =
    "[scep.ndes]\npath=\ntemplate=DeviceAtAd\nchallenge=signed\nchallenge_issuer=https://mdm\n"
    "challenge_keys_file=/keys.pem\n";
const std::string kRegistration =
    "[registration]\nlisten=0.0.0.0:8444\ncertificate_file=/c\nkey_file=/k\nclient_ca_file=/a\n"
    "service=ndes\nissuing_ca_file=/ca.pem\n";

std::string problems_of(const std::string& text) { return to_text(read(text).problems, "f"); }

TEST(RegistrationSettings, ReadTheListOfCallersAndAServiceWithoutAPath) {
  const Reading reading = read(kScep + kRegistration + "allow = dns:ndes.example, " + kThumbprint +
                               "\nnotify_within=1h\n");
  ASSERT_THAT(to_text(reading.problems, "f"), IsEmpty());
  EXPECT_THAT(reading.settings->registration.allow, ElementsAre("dns:ndes.example", kThumbprint));
  EXPECT_EQ(reading.settings->registration.notify_within, std::chrono::hours(1));
  EXPECT_THAT(problems_of(to_ini(*reading.settings)), IsEmpty());
}

TEST(RegistrationSettings, AreRefusedWhereTheyDoNotFit) {
  struct Row {
    std::string text;
    const char* message;
  };
  const std::string allow = "allow=dns:ndes.example\n";
  const Row rows[] = {
      {kScep + kRegistration, "[registration] allow must be set, since listen is"},
      {kScep + kRegistration + "allow=\n", "allow must be set"},
      {kScep + kRegistration + "allow=ndes.example\n", "it takes dns:NAME and sha256:"},
      {kScep + kRegistration + "allow=dns:\n", "it takes dns:NAME and sha256:"},
      {kScep + kRegistration + "allow=dns:a,,dns:b\n", "has \"\""},
      {kScep + kRegistration + "allow=sha256:abcd\n", "it takes dns:NAME and sha256:"},
      {kScep + kRegistration + allow + "notify_within=1s\n", "must be 1m to 1d"},
      {"[registration]\nclient_ca_file=/a\n", "client_ca_file needs listen as well"},
      {kScep, "path must not be empty, but for the service of the section [registration]"},
      {kRegistration + allow, "service names the SCEP service \"ndes\", which has no section"},
      {kScep + "short_path=/s\n" + kRegistration + allow, "short_path needs path as well"},
      {"[registratoin]\nlisten=1.2.3.4:1\n", "did you mean [registration]?"},
  };
  for (const Row& row : rows) EXPECT_THAT(problems_of(row.text), HasSubstr(row.message));
}

TEST(RegistrationSettings, TemplatesOfTheOwnCaAreLookedUp) {
  std::string own = kScep + kRegistration + "allow=dns:ndes.example\n";
  own.erase(own.find("issuing_ca_file=/ca.pem\n"), std::string("issuing_ca_file=/ca.pem\n").size());
  EXPECT_THAT(problems_of(own), HasSubstr("template names the template \"DeviceAtAd\""));
}

}  // namespace
}  // namespace certconnector::config
