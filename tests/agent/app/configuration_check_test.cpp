// The check names every file of a configuration that would stop the start, all at once.
#include "agent/app/configuration_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/platform/control_address.h"
#include "agent/platform/defaults.h"
#include "tests/agent/config/reading.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::app {
namespace {

using certconnector::testing::make_self_signed;
using certconnector::testing::TempDirectory;
using certconnector::testing::TestPki;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kNoFolder = "a pipe stands in no folder";

class UnusableFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    secret("server.key", pki_.server().key_pem());
    secret("client.key", pki_.client().key_pem());
    secret("password", "a long enough password\n");
    folder_.write("server.pem", pki_.server_chain_pem());
    folder_.write("client.pem", pki_.client_chain_pem());
    folder_.write("root.pem", pki_.root().certificate.to_pem());
    folder_.write("next.pem", pki_.root().certificate.to_pem());
    folder_.write("keys.pem", pki_.server().certificate.to_pem());
  }

  void secret(const std::string& name, const std::string& text) {
    certconnector::testing::close_to_others(folder_.write(name, text));
  }
  void open_to_all(const std::string& name) {
    certconnector::testing::let_others_only_read(folder_.file(name));
  }

  [[nodiscard]] std::vector<std::string> problems() const {
    const config::Reading reading = config::read(
        "[management]\nurl = https://localhost\nca_file = " + folder_.file("root.pem") +
        "\ncertificate_file = " + folder_.file("client.pem") + "\nkey_file = " +
        folder_.file("client.key") + "\nproxy = http://localhost:3128\nproxy_user = agent\n" +
        "proxy_password_file = " + folder_.file("password") +
        "\n[http]\ntls_listen = 127.0.0.1:0\ncertificate_file = " + folder_.file("server.pem") +
        "\nkey_file = " + folder_.file("server.key") +
        "\n[scep.lab]\nchallenge = static\nchallenge_file = " + folder_.file("password") +
        "\nnext_ca_file = " + folder_.file("next.pem") +
        "\n[scep.phones]\npath = /phones\nshort_path =\nchallenge = signed\nchallenge_issuer = "
        "https://localhost\nchallenge_keys_file = " +
        folder_.file("keys.pem") + "\n[registration]\nlisten = 127.0.0.1:0\ncertificate_file = " +
        folder_.file("server.pem") + "\nkey_file = " + folder_.file("server.key") +
        "\nclient_ca_file = " + folder_.file("root.pem") +
        "\nallow = dns:localhost\nservice = phones\nissuing_ca_file = " + folder_.file("root.pem") +
        "\n");
    EXPECT_TRUE(reading.settings) << config::to_text(reading.problems, "test.conf");
    std::vector<std::string> texts;
    if (!reading.settings) return texts;
    for (const UnusableFile& problem : unusable_files(*reading.settings)) {
      texts.push_back(problem.message());
    }
    return texts;
  }

  // The start of an error about a file in a section.
  [[nodiscard]] auto about(const std::string& section, const std::string& file) const {
    return AllOf(StartsWith("[" + section + "]: "), HasSubstr(folder_.file(file)));
  }

  const TestPki pki_;
  const TempDirectory folder_;
};

TEST_F(UnusableFiles, AreNotThereWhereAllIsWell) { EXPECT_THAT(problems(), IsEmpty()); }

TEST_F(UnusableFiles, AreAllNamedAtOnce) {
  std::filesystem::remove(folder_.file("server.pem"));
  folder_.write("client.pem", "no certificate");
  folder_.write("root.pem", "no certificate");
  folder_.write("next.pem", "no certificate");
  folder_.write("keys.pem", "no key");
  open_to_all("password");
  EXPECT_THAT(problems(),
              ElementsAre(about("management", "root.pem"), about("management", "client.pem"),
                          about("management", "password"), about("http", "server.pem"),
                          about("scep.lab", "next.pem"), about("scep.phones", "keys.pem"),
                          about("registration", "server.pem"), about("registration", "root.pem")))
      << "one command mends the password of both sections";
}

TEST_F(UnusableFiles, EachFileOfASectionIsNamed) {
  for (const char* name : {"server.pem", "server.key", "client.pem", "client.key", "root.pem"}) {
    std::filesystem::remove(folder_.file(name));
  }
  EXPECT_THAT(problems(),
              ElementsAre(about("management", "root.pem"), about("management", "client.key"),
                          about("management", "client.pem"), about("http", "server.pem"),
                          about("http", "server.key"), about("registration", "server.pem"),
                          about("registration", "server.key"), about("registration", "root.pem"),
                          about("registration", "root.pem")));
}

TEST_F(UnusableFiles, ASocketPathThatIsTooLongIsAmongThem) {
  config::Settings settings = config::read("").settings.value();
  if (!platform::folder_of_address(settings.agent.socket)) GTEST_SKIP() << kNoFolder;
  settings.agent.socket = "/" + std::string(107, 's');
  const std::vector<UnusableFile> problems = unusable_files(settings);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message(), AllOf(StartsWith("[agent]: "), HasSubstr("1 to 107")));
  settings.agent.socket.pop_back();
  EXPECT_THAT(unusable_files(settings), IsEmpty());
}

TEST_F(UnusableFiles, ALogThatCannotBeWrittenIsAmongThem) {
  config::Settings settings = config::read("").settings.value();
  settings.log.file = folder_.file("missing/agent.log");
  const std::vector<UnusableFile> problems = unusable_files(settings);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message(), AllOf(StartsWith("[log]: "), HasSubstr("missing")));
  settings.log.file = folder_.path().string();
  EXPECT_THAT(unusable_files(settings), ::testing::Not(IsEmpty())) << "a folder";
  settings.log.file = folder_.file("agent.log");
  EXPECT_THAT(unusable_files(settings), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_.file("agent.log"))) << "the check makes none";
}

TEST_F(UnusableFiles, SecretsThatOthersMayReadAreAmongThem) {
  open_to_all("server.key");
  open_to_all("client.key");
  EXPECT_THAT(problems(),
              ElementsAre(about("management", "client.key"), about("http", "server.key")))
      << "the registration's has the same command";
}

TEST_F(UnusableFiles, WhatOthersMayWriteIsAmongThem) {
  for (const char* name : {"root.pem", "keys.pem", "server.pem", "client.pem", "next.pem"}) {
    certconnector::testing::let_others_write(folder_.file(name));
    EXPECT_THAT(problems(),
                ::testing::Contains(HasSubstr(
                    certconnector::testing::command_against_writers(folder_.file(name)))));
    certconnector::testing::let_others_only_read(folder_.file(name));
  }
  config::Settings settings;
  settings.agent.state_dir = folder_.path().string();
  certconnector::testing::let_others_write(folder_.path().string());
  EXPECT_THAT(
      unusable_files(settings).front().message(),
      AllOf(HasSubstr("[agent]"),
            HasSubstr(certconnector::testing::command_against_writers(folder_.path().string()))));
}

// The agent keeps its files in `folder`.
config::Settings of_folder(const std::string& folder, const std::string& more) {
  const config::Reading reading =
      config::read("[agent]\nstate_dir = " + folder + "\nruntime_dir = " + folder + "\n" + more);
  EXPECT_TRUE(reading.settings) << config::to_text(reading.problems, "test.conf");
  return reading.settings.value_or(config::Settings());
}

TEST_F(UnusableFiles, KeysOfCasRasAndTheAgentAreAmongThem) {
  const config::Settings settings =
      of_folder(folder_.path().string(), "[http]\nlisten = 127.0.0.1:0\n[scep.phones]\n");
  secret("ca/default/key.pem", pki_.root().key_pem());
  folder_.write("ca/default/certificate.pem", pki_.root().certificate.to_pem());
  const auto ra = make_self_signed({}, {crypto::KeyKind::rsa, 2048});
  secret("scep/phones/1/ra.key.pem", ra.key_pem());
  folder_.write("scep/phones/1/ra.certificate.pem", ra.certificate.to_pem());
  secret("identity/key.pem", pki_.client().key_pem());
  for (const char* name : {"certificate.pem", "endpoint.json", "endpoint_ca.pem"}) {
    folder_.write("identity/" + std::string(name), "");
  }
  for (const UnusableFile& problem : unusable_files(settings)) ADD_FAILURE() << problem.message();
  for (const char* name : {"ca/default/key.pem", "scep/phones/1/ra.key.pem", "identity/key.pem"}) {
    open_to_all(name);
    const std::vector<UnusableFile> told = unusable_files(settings);
    ASSERT_EQ(told.size(), 1U) << name;
    EXPECT_THAT(
        told[0].message(),
        HasSubstr("run: " + certconnector::testing::command_against_readers(folder_.file(name))));
    certconnector::testing::close_to_others(folder_.file(name));
  }
  secret("ca/default/key.pem", pki_.client().key_pem());
  EXPECT_THAT(unusable_files(settings).front().message(),
              HasSubstr("[ca.default]: the key is not the one of the CA certificate"));
}

TEST_F(UnusableFiles, WhatTheAgentMakesInItsFoldersIsAmongThem) {
  if (!platform::folder_of_address(platform::defaults().control_socket)) GTEST_SKIP() << kNoFolder;
  const config::Settings settings = of_folder(
      folder_.path().string(), "socket = " + folder_.file("control") + "\n[ca.default]\n");
  folder_.write("ca/default/certificate.pem", pki_.root().certificate.to_pem());
  secret("ca/default/key.pem", pki_.root().key_pem());
  ASSERT_THAT(unusable_files(settings), IsEmpty());
  for (const char* name : {"lock", "agent.db", "scep-tests"}) {
    std::filesystem::create_directory(folder_.file(name));
  }
  folder_.write("control", "no socket");
  folder_.write("ca/default/database", "damaged");
  std::vector<std::string> texts;
  for (const UnusableFile& problem : unusable_files(settings)) texts.push_back(problem.message());
  EXPECT_THAT(
      texts, ElementsAre(about("agent", "lock is a folder"), about("agent", "agent.db is a folder"),
                         about("agent", "scep-tests"), about("agent", "control"),
                         about("ca.default", "ca/default/database")));
}

TEST_F(UnusableFiles, WhatStandsInPlaceOfAFolderIsNamedOnce) {
  const config::Settings settings = of_folder(
      folder_.path().string(), "[ca.default]\n[http]\nlisten = 127.0.0.1:0\n[scep.phones]\n");
  for (const char* name : {"ca", "ca/default", "scep", "scep/phones", "scep/phones/1"}) {
    folder_.write(name, "x");
    const std::vector<UnusableFile> told = unusable_files(settings);
    ASSERT_EQ(told.size(), 1U) << name;
    EXPECT_THAT(told[0].message(), HasSubstr(folder_.file(name) + " is a file, not a folder; "));
    std::filesystem::remove_all(folder_.file(std::string(name).substr(0, 4)));
    std::filesystem::remove_all(folder_.file("ca"));
  }
}

TEST_F(UnusableFiles, OneCommandForManyIsNamedOnce) {
  const config::Settings settings = of_folder(
      folder_.path().string(), "[ca.default]\n[http]\nlisten = 127.0.0.1:0\n[scep.phones]\n");
  folder_.write("ca/default/certificate.pem", pki_.root().certificate.to_pem());
  secret("ca/default/key.pem", pki_.root().key_pem());
  secret("scep/phones/1/ra.key.pem", "no key");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  const std::vector<UnusableFile> told = unusable_files(settings);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0].message(), HasSubstr("; run: chmod go-w " + folder_.path().string()));
}

TEST_F(UnusableFiles, ALogFileThatAnotherPutThereIsAmongThem) {
  config::Settings settings = config::read("").settings.value();
  settings.log.file = folder_.file("agent.log");
  std::error_code none;
  std::filesystem::create_symlink(folder_.file("root.pem"), settings.log.file, none);
  if (none) GTEST_SKIP() << "this system makes no link without a privilege";
  certconnector::testing::let_others_write(folder_.path().string());
  ASSERT_EQ(unusable_files(settings).size(), 1U);
  EXPECT_THAT(unusable_files(settings).front().message(), HasSubstr("agent.log is a link"));
}

TEST_F(UnusableFiles, ACommandQuotesAPathWithABlank) {
  const std::string folder = folder_.path().string() + "/my state";
  std::filesystem::create_directory(folder);
  certconnector::testing::let_others_write(folder);
  config::AgentSettings settings;
  settings.state_dir = folder;
  settings.runtime_dir = folder_.file("none");
  ASSERT_EQ(unusable_folders(settings).size(), 1U);
  EXPECT_THAT(unusable_folders(settings).front().message(),
              HasSubstr("run: " + certconnector::testing::command_against_writers(folder)));
}

TEST_F(UnusableFiles, AKeyOfAnotherCertificateIsAmongThem) {
  secret("server.key", pki_.client().key_pem());
  EXPECT_THAT(problems(), ElementsAre(StartsWith("[http]: "), StartsWith("[registration]: ")));
}

TEST_F(UnusableFiles, ANextCaThatIsNoneIsAmongThem) {
  folder_.write("next.pem", make_self_signed({}).certificate.to_pem());
  EXPECT_THAT(problems(), ElementsAre(about("scep.lab", "next.pem")));
}

TEST_F(UnusableFiles, APasswordThatAnyoneGuessesIsAmongThem) {
  secret("password", "1234567");
  EXPECT_THAT(problems(), ElementsAre(StartsWith("[scep.lab]: ")));
}

}  // namespace
}  // namespace certconnector::app
