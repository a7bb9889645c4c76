#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/registration_check.h"
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
      {"[registration]\ncertificate_store=template:Web\n",
       "certificate_store needs listen as well"},
      {kScep + kRegistration + "certificate_store=template:Web\ncertificate_file=/a\n",
       "[registration] certificate_file does not stand beside certificate_store"},
      {kScep, "path must not be empty, but for the service of the section [registration]"},
      {kRegistration + allow, "service names the SCEP service \"ndes\", which has no section"},
      {kScep + "short_path=/s\n" + kRegistration + allow, "short_path needs path as well"},
      {kScep + kRegistration + allow + "crl_hosts=http://pki\n",
       "has the URL \"http://pki\"; it takes HOST and HOST:PORT"},
      {kScep + kRegistration + allow + "crl_hosts=a,,b\n", "it takes HOST and HOST:PORT"},
      {kScep + kRegistration + allow + "crl_url=https://pki/a.crl\n", "must be an http URL"},
      {kScep + kRegistration + allow + "crl_file=a.crl\n", "crl_file"},
      {kScep + kRegistration + allow + "renewal_extended_key_usage=\n", "at least one"},
      {kScep + kRegistration + allow + "renewal_extended_key_usage=clientauth\n",
       "did you mean clientAuth?"},
      {kScep + kRegistration + allow + "unknown_revocation=yes\n", "refuse, allow"},
      {kScep + kRegistration + allow + "allowed_extensions=2.5.29.x\n", "no object identifier"},
      {kScep + kRegistration + allow + "allowed_attributes=1.2.3,1.2.3\n", "names 1.2.3 twice"},
      {kScep + "template_oid=Device\n" + kRegistration + allow, "no object identifier"},
      {kScep + "general_template_oid=1.2.3\n" + kRegistration + allow,
       "general_template_oid needs general_template as well"},
      {"[registratoin]\nlisten=1.2.3.4:1\n", "did you mean [registration]?"},
  };
  for (const Row& row : rows) EXPECT_THAT(problems_of(row.text), HasSubstr(row.message));
}

TEST(RegistrationSettings, KeysForAForeignCaNeedIt) {
  std::string own = kScep + kRegistration + "allow=dns:ndes.example\n";
  own.erase(own.find("issuing_ca_file=/ca.pem\n"), std::string("issuing_ca_file=/ca.pem\n").size());
  for (const char* key : {"crl_hosts=pki.example\n", "crl_url=http://pki.example/a.crl\n",
                          "crl_file=/a.crl\n", "delta_crls=no\n", "unknown_revocation=allow\n",
                          "renewal_extended_key_usage=serverAuth\n"}) {
    EXPECT_THAT(problems_of(own + key), HasSubstr("is for the CA of issuing_ca_file alone")) << key;
  }
}

TEST(RegistrationSettings, NotesSayWhyNothingRenews) {
  const std::string allow = "allow=dns:ndes.example\n";
  const auto notes_of = [&](const std::string& scep, const std::string& more) {
    const Reading reading = read(scep + kRegistration + allow + more);
    EXPECT_THAT(to_text(reading.problems, "f"), IsEmpty());
    return reading.settings ? notes_on_registration(*reading.settings)
                            : std::vector<std::string>{"unreadable"};
  };
  EXPECT_THAT(notes_of(kScep, ""),
              ElementsAre(HasSubstr("[scep.ndes] template_oid is not set: if \"DeviceAtAd\""),
                          HasSubstr("none of crl_hosts, crl_url and crl_file is set")));
  const std::string with_oid = kScep + "template_oid=1.3.6.1.4.1.311.21.8.1\n";
  EXPECT_THAT(notes_of(with_oid, "crl_hosts=pki.example, pki.example:8080\n"), IsEmpty());
  EXPECT_THAT(notes_of(with_oid, "unknown_revocation=allow\n"),
              ElementsAre(HasSubstr("revoked certificates renew too")));
  EXPECT_THAT(notes_of(kScep + "renewal=no\n", ""), IsEmpty());
}

TEST(RegistrationSettings, TemplatesOfTheOwnCaAreLookedUp) {
  std::string own = kScep + kRegistration + "allow=dns:ndes.example\n";
  own.erase(own.find("issuing_ca_file=/ca.pem\n"), std::string("issuing_ca_file=/ca.pem\n").size());
  EXPECT_THAT(problems_of(own), HasSubstr("template names the template \"DeviceAtAd\""));
}

}  // namespace
}  // namespace certconnector::config
