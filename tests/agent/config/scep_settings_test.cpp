#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/config/reading.h"

namespace certconnector::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kServed = "[http]\nlisten=127.0.0.1:80\n[scep.phones]\n";

ScepSettings scep_section(const std::string& keys) {
  const Reading reading = read(kServed + keys);
  EXPECT_THAT(to_text(reading.problems, "f"), IsEmpty()) << keys;
  return reading.settings ? reading.settings->scep.at(0) : ScepSettings();
}

TEST(ScepSettings, OneTimePasswordsAreTheDefaultAndAsStrictAsThoseOfNdes) {
  const ScepSettings scep = scep_section("");
  EXPECT_EQ(scep.challenge, ScepChallenge::one_time);
  EXPECT_EQ(scep.password_max, 5U);
  EXPECT_EQ(scep.password_validity, std::chrono::minutes(60));
  EXPECT_EQ(scep.password_length, 16U);
  EXPECT_EQ(scep.ca, "default");
  EXPECT_EQ(scep.template_name, "device");
  EXPECT_FALSE(scep.reports());
}

TEST(ScepSettings, ThePreviousCaIsAnotherOne) {
  const std::string cas = "[ca.default]\n[ca.old]\n[ca.older]\n";
  EXPECT_THAT(scep_section("ca=default\nprevious_ca=old, older\n" + cas).previous_ca,
              ::testing::ElementsAre("old", "older"));
  const std::pair<const char*, const char*> rows[] = {
      {"previous_ca=default\n", "which issues now"},
      {"previous_ca=odl\n", "did you mean old?"},
  };
  for (const auto& [keys, complaint] : rows) {
    EXPECT_THAT(to_text(read(kServed + std::string("ca=default\n") + keys + cas).problems, "f"),
                HasSubstr(complaint));
  }
}

TEST(ScepSettings, TheEndpointIsAskedWithoutAnythingElse) {
  const ScepSettings scep = scep_section("challenge=endpoint\n");
  EXPECT_EQ(scep.challenge, ScepChallenge::asked_of_endpoint);
  EXPECT_TRUE(scep.reports()) << "what the endpoint has made is reported to it";
  const std::pair<const char*, const char*> rows[] = {
      {"challenge_file=/secret\n", "is for challenge = static alone"},
      {"challenge_keys_file=/keys.pem\n", "is for challenge = signed alone"},
      {"password_max=6\n", "is for challenge = one-time alone"},
      {"[management]\nchallenge_timeout=61s\n", "1s to 1m"},
      {"[management]\nchallenge_questions=0\n", "a number from 1 to 64"},
  };
  for (const auto& [keys, complaint] : rows) {
    EXPECT_THAT(to_text(read(kServed + std::string("challenge=endpoint\n") + keys).problems, "f"),
                HasSubstr(complaint));
  }
}

TEST(ScepSettings, PasswordsHaveBounds) {
  const ScepSettings scep =
      scep_section("password_max=0\npassword_validity=30d\npassword_length=64\n");
  EXPECT_EQ(scep.password_max, 0U);
  EXPECT_EQ(scep.password_validity, kLongestPasswordValidity);
  EXPECT_EQ(scep.password_length, 64U);
  const std::pair<const char*, const char*> rows[] = {
      {"password_max=10001\n", "a number from 0 to 10000"},
      {"password_validity=59s\n", "1m to 30d"},
      {"password_validity=31d\n", "1m to 30d"},
      {"password_length=7\n", "a number from 8 to 64"},
      {"password_length=65\n", "a number from 8 to 64"},
  };
  for (const auto& [keys, complaint] : rows) {
    EXPECT_THAT(to_text(read(kServed + std::string(keys)).problems, "f"), HasSubstr(complaint));
  }
}

TEST(ScepSettings, WhatWasRenewedIsRevokedUnlessTheServiceKeepsIt) {
  const ScepSettings usual = scep_section("");
  EXPECT_TRUE(usual.revoke_superseded);
  EXPECT_EQ(usual.supersede_after, std::chrono::hours(24 * 7));
  const ScepSettings keeps = scep_section("revoke_superseded=no\nsupersede_after=1h\n");
  EXPECT_FALSE(keeps.revoke_superseded);
  EXPECT_EQ(keeps.supersede_after, std::chrono::hours(1));
  EXPECT_THAT(to_text(read(kServed + std::string("supersede_after=59m\n")).problems, "f"),
              HasSubstr("1h to 365d"));
}

TEST(ScepSettings, PasswordKeysAreForOneTimeChallengesAlone) {
  const std::string shared = "challenge=static\nchallenge_file=/secret\n";
  for (const std::string key : {"password_max=6", "password_validity=2h", "password_length=8"}) {
    std::string text = kServed + shared;
    text.append(key).append("\n");
    EXPECT_THAT(to_text(read(text).problems, "f"),
                HasSubstr("f:6: [scep.phones] " + key.substr(0, key.find('=')) +
                          " is for challenge = one-time alone"));
  }
}

TEST(ScepSettings, ATemplateForEveryUsageLeavesNoneForEach) {
  for (const std::string key : {"signature_template", "encryption_template", "general_template"}) {
    const std::string one = key + "=device\n";
    EXPECT_THAT(to_text(read(kServed + std::string("template=device\n") + one).problems, "f"),
                HasSubstr("[scep.phones] " + key + " is never used beside template"));
    EXPECT_TRUE(read(kServed + one).problems.empty()) << key;
    EXPECT_TRUE(read(kServed + one + "ra_template=device\n").problems.empty()) << key;
  }
}

TEST(ScepSettings, PathsAreTakenInWhateverCaseTheyAreWritten) {
  const std::string other = "[scep.printers]\nchallenge=one-time\n";
  for (const std::string key : {"path=/CertSrv/mscep/MSCEP.dll", "path=/a\nshort_path=/Phones"}) {
    std::string text = kServed;
    text.append("short_path=/phones\n").append(other).append(key).append("\n");
    EXPECT_THAT(to_text(read(text).problems, "f"),
                HasSubstr("is the path of [scep.phones] already"))
        << key;
  }
}

TEST(ScepSettings, TheRaHasASubjectThatACertificateCanHold) {
  EXPECT_EQ(scep_section("ra_subject=CN=SCEP RA,O=Example\n").ra_subject, "CN=SCEP RA,O=Example");
  EXPECT_EQ(scep_section("ra_subject=\n").ra_subject, "CN=phones SCEP RA");
  Settings settings;
  settings.scep.emplace_back().name = std::string(64, 'a');
  fill_scep(settings);
  EXPECT_EQ(settings.scep.front().ra_subject, "CN=" + std::string(56, 'a') + " SCEP RA");
  const std::pair<std::string, const char*> rows[] = {
      {"SCEP RA", "must be a name of RFC 4514, for example CN=SCEP RA,O=Example: "},
      {"CN=" + std::string(65, 'a'), "has 65 characters; 1 to 64 are allowed"},
      {"CN=SCEP RA,C=DEU", "must be a subject that a certificate can hold: C \"DEU\" has 3"},
      {"CN=SCEP RA,serialNumber=a_b", "holds a character that PrintableString lacks"},
  };
  for (const auto& [subject, complaint] : rows) {
    const std::string problems = to_text(read(kServed + ("ra_subject=" + subject)).problems, "f");
    EXPECT_THAT(problems, HasSubstr("f:4: [scep.phones] ra_subject must be a"));
    EXPECT_THAT(problems, HasSubstr(complaint));
  }
}

TEST(ScepSettings, EitherListenerServesThem) {
  EXPECT_THAT(to_text(read("[scep.phones]\n").problems, "f"),
              HasSubstr("set listen or tls_listen in [http] as well"));
  EXPECT_THAT(read("[http]\ntls_listen=127.0.0.1:443\ncertificate_file=/c\nkey_file=/k\n"
                   "[scep.phones]\n")
                  .problems,
              IsEmpty());
}

}  // namespace
}  // namespace certconnector::config
