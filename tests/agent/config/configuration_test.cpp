#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/platform/defaults.h"
#include "common/crypto/pkcs10.h"
#include "tests/agent/config/reading.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Settings good(std::string_view text) {
  const Reading reading = read(text);
  EXPECT_THAT(to_text(reading.problems, "test.conf"), IsEmpty()) << text;
  return reading.settings.value_or(Settings());
}

TEST(Configuration, AnEmptyFileGivesTheDefaultsWithOneCaAndOneTemplate) {
  const Settings s = good("");
  const std::string state = platform::defaults().state_folder;
  EXPECT_EQ(s.agent.state_dir, state);
  EXPECT_EQ(s.agent.socket, platform::defaults().control_socket);
  EXPECT_EQ(s.management.poll_wait, seconds(30));
  ASSERT_THAT(s.cas, SizeIs(1));
  EXPECT_EQ(s.cas[0].name, "default");
  EXPECT_EQ(s.cas[0].options->get("key_file"), state + "/ca/default/key.pem");
  EXPECT_EQ(s.cas[0].options->get("crl_file"), state + "/ca/default/ca.crl");
  ASSERT_THAT(s.templates, SizeIs(1));
  EXPECT_EQ(s.templates[0].name, "device");
  EXPECT_EQ(s.templates[0].key_usage, crypto::kDigitalSignature | crypto::kKeyEncipherment);
  EXPECT_THAT(s.templates[0].extended_key_usage, ElementsAre("1.3.6.1.5.5.7.3.2"));
  EXPECT_THAT(s.templates[0].san_kinds, SizeIs(5));
}

TEST(Configuration, ReadsEverySection) {
  const Settings s = good(
      "# the head\n"
      "[agent]\nstate_dir = /srv/cc   # where the queue is\nworkers=4\ndrain_timeout=1m\n"
      "[log]\nlevel=debug\nformat=json\nrotate_size=4MiB\n"
      "[management]\nurl=https://cloud.example:8443\nname=cloud\nlease=90s\n"
      "[queue]\nhigh_water=10\n[retry]\nbase=1s\n[breaker]\nopen_for=2m\n[http]\nlisten=[::1]:"
      "8080\n"
      "[ca.corp]\nbatch=10\nin_doubt=hold\n"
      "[ca.lab]\n"
      "[template.wifi.v2]\nca=corp\nvalidity=30d\nkey_usage=digitalSignature\n"
      "extended_key_usage = clientAuth, "
      "1.2.3.4\nsan_kinds=dns,directory\napproval=yes\nmin_rsa=3072\n"
      "unknown_extensions=refuse\nusages=exact\n"
      "crl_url=http://pki.example/corp.crl\n");
  EXPECT_EQ(s.agent.state_dir, tests::local_path("/srv/cc"));
  EXPECT_EQ(s.agent.workers, 4U);
  EXPECT_EQ(s.log.level, log::Level::debug);
  EXPECT_EQ(s.log.format, LogFormat::json);
  EXPECT_EQ(s.log.rotate_size, 4194304U);
  EXPECT_EQ(s.management.url, "https://cloud.example:8443");
  EXPECT_EQ(s.management.lease, seconds(90));
  EXPECT_EQ(host_of(s.http.listen), "::1");
  ASSERT_THAT(s.cas, SizeIs(2));
  EXPECT_EQ(s.cas[0].in_doubt, InDoubt::hold);
  EXPECT_EQ(s.cas[1].name, "lab");
  EXPECT_EQ(s.cas[1].options->get("key_file"), s.agent.state_dir + "/ca/lab/key.pem");
  ASSERT_THAT(s.templates, SizeIs(1));
  EXPECT_EQ(s.templates[0].name, "wifi.v2");
  EXPECT_EQ(s.templates[0].validity, hours(24 * 30));
  EXPECT_THAT(s.templates[0].extended_key_usage, ElementsAre("1.3.6.1.5.5.7.3.2", "1.2.3.4"));
  EXPECT_TRUE(s.templates[0].approval);
  EXPECT_TRUE(s.templates[0].refuse_unknown_extensions);
  EXPECT_TRUE(s.templates[0].exact_usages);
}

struct RejectedText {
  const char* text;
  const char* message;  // part of what is said about it, with the line
};
class Refused : public testing::TestWithParam<RejectedText> {};

TEST_P(Refused, SaysWhereAndWhat) {
  const Reading reading = read(GetParam().text);
  EXPECT_FALSE(reading.settings.has_value());
  EXPECT_THAT(to_text(reading.problems, "f"), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refused,
    testing::Values(
        RejectedText{"\xEF\xBB\xBF[agent]\n", "f:1: begins with a byte order mark"},
        RejectedText{"[agent]\nworkers\n", "f:2: neither [section] nor key = value"},
        RejectedText{"; note\n", "f:1: neither [section] nor key = value; a comment begins with #"},
        RejectedText{"workers=2\n", "f:1: a key before the first section"},
        RejectedText{"[agent]\n=2\n", "f:2: no key before the ="},
        RejectedText{"[agent]\na.b=2\n", "f:2: a key holds no dots"},
        RejectedText{"[]\n", "f:1: a section is written"},
        RejectedText{"[agent\n", "f:1: a section is written"},
        RejectedText{"[ agent ]\n", "f:1: a section is written"},
        RejectedText{"[agent.]\nworkers=1\n", "f:1: a section is written"},
        RejectedText{"[agent]\nsocket_group=a#b\n", "f:2: a # begins a comment anywhere"},
        RejectedText{"[agent]\nsocket_group=a\x01\n", "f:2: a control character"},
        RejectedText{"[agent]\nworkers=1\nworkers=2\n",
                     "f:3: [agent] workers is given twice; the first is in line 2"}));

INSTANTIATE_TEST_SUITE_P(
    Names, Refused,
    testing::Values(
        RejectedText{"[agnet]\nworkers=1\n", "f:1: unknown section [agnet]; did you mean [agent]?"},
        RejectedText{"[cas.x]\n", "did you mean [ca.NAME]?"},
        RejectedText{"[ca]\n", "f:1: unknown section [ca]; did you mean [ca.NAME]?"},
        RejectedText{"[agent]\nworkesr=1\n",
                     "f:2: [agent] has no key \"workesr\"; did you mean workers?"},
        RejectedText{"[agent]\nzzzzzzzzzz=1\n", "f:2: [agent] has no key \"zzzzzzzzzz\"\n"},
        RejectedText{"[ca.x]\ncrl_lifetim=1d\n", "did you mean crl_lifetime?"},
        RejectedText{"[ca...]\n", "f:1: a section is written"},
        RejectedText{"[ca..x]\n", "f:1: [ca..x]: the name must be"},
        RejectedText{"[ca.a/b]\n", "f:1: [ca.a/b]: the name must be"},
        RejectedText{"[management]\nproxy_password=x\n", "did you mean proxy_password_file?"}));

INSTANTIATE_TEST_SUITE_P(
    Values, Refused,
    testing::Values(
        RejectedText{"[agent]\nworkers=0\n", "f:2: [agent] workers must be a number from 1 to 64"},
        RejectedText{"[agent]\nworkers=-1\n", "must be a number from 1 to 64"},
        RejectedText{"[agent]\nworkers=\n", "must be a number from 1 to 64"},
        RejectedText{"[agent]\ndrain_timeout=30\n", "needs a number and a unit"},
        RejectedText{"[agent]\ndrain_timeout=1d\n", "must be 1s to 10m"},
        RejectedText{"[agent]\nstate_dir=state\n", "must be an absolute path"},
        RejectedText{"[agent]\nstate_dir=\n", "f:2: [agent] state_dir must not be empty"},
        RejectedText{"[log]\nlevel=verbose\n", "must be one of: debug, info, warning, error"},
        RejectedText{"[log]\nrotate_size=1\n", "must be 64KiB to 4GiB"},
        RejectedText{"[log]\nrotate_size=10MB\n", "needs a number of octets"},
        RejectedText{"[management]\nurl=http://x\n", "must be a URL that begins with https://"},
        RejectedText{"[management]\nurl=https://\n", "has no host name"},
        RejectedText{"[management]\nproxy=http://user:secret@proxy:3128\n",
                     "must not hold a user name or password"},
        RejectedText{"[management]\nname=a b\n", "must be 1 to 64 letters"},
        RejectedText{"[http]\nlisten=8080\n", "must be address:port"},
        RejectedText{"[http]\nlisten=::1:8080\n", "must be address:port"},
        RejectedText{"[http]\nlisten=0.0.0.0:65536\n", "must be address:port"},
        RejectedText{"[ca.x]\nbackend=ejbca\n", "[ca.x] backend must be one of: local, exec, adcs"},
        RejectedText{"[ca.x]\nbackend=adcs\n", "[ca.x] config_string is missing"},
        RejectedText{"[ca.x]\nbackend=adcs\nconfig_string=host\n", "must be HOST\\CA name"},
        RejectedText{"[ca.x]\nbackend=exec\n", "[ca.x] helper is missing"},
        RejectedText{"[ca.x]\ncrl_file=/x\nhelper=/h\nbackend=exec\n", "has no key \"crl_file\""},
        RejectedText{"[ca.x]\nhelper=/h\n", "has no key \"helper\""},
        RejectedText{"[ca.x]\nbackend=exec\nhelper=/h\nfnd=yes\n", "did you mean find?"},
        RejectedText{"[template.x]\nkey_usage=digitalSignatur\n", "did you mean digitalSignature?"},
        RejectedText{"[template.x]\nkey_usage=keyCertSign\n", "which is for CAs"},
        RejectedText{"[template.x]\nkey_usage=\n", "needs at least one key usage"},
        RejectedText{"[template.x]\nextended_key_usage=clientauth\n", "did you mean clientAuth?"},
        RejectedText{"[template.x]\nextended_key_usage=clientAuth,\n",
                     "unknown extended key usage \"\""},
        RejectedText{"[template.x]\nextended_key_usage=clientAuth,1.3.6.1.5.5.7.3.2\n", "twice"},
        RejectedText{"[template.x]\nextended_key_usage=9.1.1\n",
                     "unknown extended key usage \"9.1.1\""},
        RejectedText{"[template.x]\nsan_kinds=dns,dsn\n", "did you mean dns?"},
        RejectedText{"[template.x]\nsan_kinds=other\n", "unknown kind of name \"other\""},
        RejectedText{"[template.x]\nmin_rsa=1024\n", "must be one of: 2048, 3072, 4096, 8192"},
        RejectedText{"[template.x]\napproval=maybe\n", "must be one of: yes, no"},
        RejectedText{"[template.x]\naia_url=ldap://x\n",
                     "must be a URL that begins with http://"}));

INSTANTIATE_TEST_SUITE_P(
    Combinations, Refused,
    testing::Values(
        RejectedText{
            "[ca.corp]\n[template.x]\nca=crop\n",
            "f:3: [template.x] ca names the CA \"crop\", which has no section [ca.crop]; did "
            "you mean corp?"},
        RejectedText{"[management]\ncertificate_file=/c\n",
                     "f:2: [management] certificate_file needs the other one"},
        RejectedText{"[management]\nkey_file=/c\n",
                     "f:2: [management] key_file needs the other one"},
        RejectedText{"[management]\nca=system\nca_file=/c\n",
                     "f:3: [management] ca_file does not stand beside ca = system"},
        RejectedText{"[management]\nproxy=windows\n",
                     "f:2: [management] proxy must be a URL that begins with http://, or system"},
        RejectedText{"[management]\nproxy=system\nproxy_user=u\nproxy_password_file=/p\n",
                     "f:3: [management] proxy_user needs the URL of its proxy"},
        RejectedText{"[management]\nca=windows\n",
                     "f:2: [management] ca must be one of: configured, system"},
        RejectedText{"[management]\ncertificate_store=agent\n",
                     "f:2: [management] certificate_store must be thumbprint:"},
        RejectedText{"[management]\ncertificate_store=template:A\nca_file=/c\n",
                     "f:2: [management] certificate_store needs url"},
        RejectedText{"[management]\nurl=https://x\nca_file=/c\ncertificate_store=template:A\n"
                     "pkcs12_file=/p\n",
                     "f:4: [management] certificate_store stands instead of"},
        RejectedText{"[management]\npkcs12_file=/p\nca_file=/c\n",
                     "f:2: [management] pkcs12_file needs url"},
        RejectedText{"[management]\npkcs12_file=/p\nurl=https://x\n",
                     "f:2: [management] pkcs12_file needs ca_file"},
        RejectedText{"[management]\nproxy_user=u\nproxy_password_file=/p\n",
                     "proxy_user needs proxy as well"},
        RejectedText{"[management]\nproxy=http://p\nproxy_user=u\n",
                     "proxy_user needs the other one"},
        RejectedText{"[retry]\nbase=2m\ncap=1m\n", "[retry] base must not be longer than cap"},
        RejectedText{"[management]\nrequest_timeout=30s\n", "must be longer than poll_wait (30s)"},
        RejectedText{"[ca.x]\ncrl_lifetime=10m\ncrl_min_interval=6m\n",
                     "at most half of crl_lifetime"}));

TEST(Configuration, NamesEveryProblemAtOnceInTheOrderOfTheLines) {
  const Reading reading = read("[agent]\nworkers=0\nnonsense\n[queue]\nretention=1x\n[bogus]\n");
  ASSERT_THAT(reading.problems, SizeIs(4));
  EXPECT_EQ(reading.problems[0].line, 2);
  EXPECT_EQ(reading.problems[1].line, 3);
  EXPECT_EQ(reading.problems[2].line, 5);
  EXPECT_EQ(reading.problems[3].line, 6);
}

TEST(Configuration, RefusesTooLargeFilesAndDoesNotFloodTheLog) {
  EXPECT_THAT(to_text(read(std::string(kMaxConfigurationSize + 1, '#')).problems, "f"),
              HasSubstr("is larger than 1MiB"));
  std::string wrong;
  for (int i = 0; i < 5000; ++i) wrong += "x\n";
  EXPECT_THAT(read(wrong).problems, SizeIs(101));
}

TEST(Configuration, TooManySectionsAreOneProblemNotASlowStart) {
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "[ca.c" + std::to_string(i) + "]\n";
  const Reading reading = read(many);
  EXPECT_FALSE(reading.settings.has_value());
  EXPECT_THAT(to_text(reading.problems, "f"), HasSubstr("more than 256 sections of this kind"));
}

TEST(Configuration, WindowsLineEndsAreRead) {
  EXPECT_EQ(good("[agent]\r\nworkers=3\r\n").agent.workers, 3U);
}

TEST(Configuration, TheDumpParsesAgainToTheSameDump) {
  const char* const texts[] = {"",
                               "[template.x]\nextended_key_usage=smartcardLogon,1.2.3\nkey_usage="
                               "digitalSignature\nsan_kinds=\n",
                               "[ca.a]\n[ca.b]\ncrl_min_interval=1500s\n[management]\nurl=https://"
                               "h:1/x\nproxy=http://p:3128\n"};
  for (const char* text : texts) {
    const std::string dump = to_ini(good(text));
    EXPECT_EQ(to_ini(good(dump)), dump);
    EXPECT_THAT(dump, HasSubstr("[agent]\nstate_dir="));
    EXPECT_THAT(dump, Not(HasSubstr("password=")));
  }
}

}  // namespace
}  // namespace certconnector::config
