// The exec backend: the meaning of each end of a helper, certmonger's helper, and the
// configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/ca/ca_errors.h"
#include "agent/ca/exec/exec_backend.h"
#include "agent/ca/exec/exec_ca.h"
#include "agent/platform/file_key_source.h"
#include "common/crypto/certificate.h"
#include "common/text/base64.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/local_path.h"
#include "tests/support/program.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const core::CallContext kPatient;
constexpr const char* kLocalSubmit = "/usr/lib/certmonger/local-submit";

crypto::Pkcs10 make_request(const std::string& subject, const std::string& challenge = {}) {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::rsa, 2048});
  crypto::Pkcs10Spec spec;
  spec.subject = crypto::parse_rfc4514(subject).value();
  spec.subject_alt_names = {{crypto::GeneralNameKind::dns, "a.example"},
                            {crypto::GeneralNameKind::dns, "b.example"}};
  if (!challenge.empty()) spec.challenge_password = challenge;
  return crypto::Pkcs10::parse(crypto::make_pkcs10(key.value(), spec).value()).value();
}

class Exec : public ::testing::Test {
 protected:
  Exec() {
    certificate_file_ = folder_.write("ca.pem", pki_.root().certificate.to_pem());
    section_.name = "corp";
    section_.backend = "exec";
    TemplateSettings device;
    device.name = "device";
    section_.templates.push_back(device);
  }

  // The CA whose helper obeys this script (scripted_helper.cpp).
  core::CertificateAuthority& ca(const std::string& script, const std::string& find = "no") {
    return open(CC_SCRIPTED_HELPER, folder_.write("script", script), find);
  }
  core::CertificateAuthority& open(const std::string& helper, const std::string& arguments,
                                   const std::string& find = "no") {
    const Result<core::CaPorts> made = make(helper, arguments, find);
    if (!made.ok()) throw std::runtime_error(made.error().message());
    ports_ = *made;
    return *ports_.ca;
  }
  Result<core::CaPorts> make(const std::string& helper, const std::string& arguments,
                             const std::string& find) {
    options_ = exec_backend().rules.make_options();
    for (const auto& [key, value] : {std::pair<const char*, std::string>{"helper", helper},
                                     {"helper_arguments", arguments},
                                     {"certificate_file", certificate_file_},
                                     {"deadline", deadline_},
                                     {"find", find}}) {
      EXPECT_EQ(options_->set(key, value), std::nullopt) << key;
    }
    options_->fill_paths(folder_.file("ca"));
    section_.options = options_;
    const CaBackendParts parts{keys_, certificate_store_, clock_, log_, {}, stop_.token()};
    CC_TRY(exec_backend().fetch(section_, parts));
    return exec_backend().make(section_, parts);
  }

  core::SubmitAnswer submit() {
    core::Submission one;
    one.key[0] = 7;
    one.request = &request_;
    one.template_name = "device";
    return ports_.ca->submit({one}, kPatient).front();
  }

  const certconnector::testing::TestPki pki_;
  certconnector::testing::TempDirectory folder_;
  SystemClock clock_;
  certconnector::testing::CapturingLogger log_;
  platform::FileKeySource keys_;
  testing::MemoryCertificateStore certificate_store_;
  std::string certificate_file_;
  std::string deadline_ = "1m";
  StopSource stop_;
  CaSection section_;
  std::shared_ptr<config::CaOptions> options_;
  core::CaPorts ports_;
  crypto::Pkcs10 request_ = make_request("CN=device,O=Test");
};

template <typename Answer>
const Answer& as(const core::SubmitAnswer& answer) {
  const auto* it = std::get_if<Answer>(&answer);
  if (it == nullptr) throw std::runtime_error("another answer: " + std::to_string(answer.index()));
  return *it;
}

TEST_F(Exec, AsksByTheEnvironmentAndNotByArguments) {
  ca("environment " + folder_.file("asked") + "\nexit 2");
  static_cast<void>(submit());
  const std::string asked = folder_.read("asked");
  for (const char* line :
       {"CERTMONGER_OPERATION=SUBMIT\n", "CERTMONGER_CA_NICKNAME=corp\n",
        "CERTMONGER_CA_PROFILE=device\n", "CERTMONGER_REQ_SUBJECT=CN=device,O=Test\n",
        "CERTMONGER_REQ_HOSTNAME=a.example,b.example\n", "-----BEGIN CERTIFICATE REQUEST-----\n",
        "CERTCONNECTOR_KEY=0700"}) {
    EXPECT_THAT(asked, HasSubstr(line));
  }
  EXPECT_THAT(asked, Not(HasSubstr("HOME=/")));
  EXPECT_EQ(asked.substr(asked.size() - 3), "\n0\n");
}

TEST_F(Exec, EachExitCodeHasItsMeaning) {
  ca("print no such user\nexit 2");
  EXPECT_THAT(as<core::DeniedByCa>(submit()).reason.message, HasSubstr("no such user"));
  ca("print gone\nexit 3");
  EXPECT_THAT(as<core::CaUnavailable>(submit()).message, HasSubstr("gone"));
  ca("exit 4");
  EXPECT_THAT(as<core::CaUnavailable>(submit()).message, HasSubstr("not configured"));
  ca("exit 6");
  EXPECT_THAT(as<core::DeniedByCa>(submit()).reason.message, HasSubstr("does not know SUBMIT"));
  ca("exit 17");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("code 17"));
  ca("print cookie 42\nexit 1");
  EXPECT_EQ(as<core::PendingAtCa>(submit()).request_id, "cookie 42");
  EXPECT_EQ(as<core::PendingAtCa>(submit()).retry_after, std::nullopt);
  ca("print 30\nprint cookie 43\nexit 5");
  EXPECT_EQ(as<core::PendingAtCa>(submit()).request_id, "cookie 43");
  EXPECT_EQ(as<core::PendingAtCa>(submit()).retry_after, Duration(30000));
}

// certmonger's local-submit does so with a request that it cannot read.
// So does an interpreter that ends with an exception, after the CA took the request or before.
TEST_F(Exec, AWaitWithoutACookieIsInDoubt) {
  for (const char* script : {"complain bad request\nexit 1", "print 30\nexit 5"}) {
    ca(script);
    EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("no cookie")) << script;
  }
  ca("print soon\nprint cookie\nexit 5");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("no number of seconds"));
}

TEST_F(Exec, ACookieThatPollCannotGiveBackIsInDoubt) {
  ca(std::string("print a\0b\nexit 1", 16));
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("zero octet"));
  ca("print " + std::string(5000, 'c') + "\nexit 1");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("4096"));
}

TEST_F(Exec, ADelayOutOfBoundsBecomesTheNearestOne) {
  const std::pair<const char*, Duration> rows[] = {{"-5", Duration(0)},
                                                   {"99999999999", std::chrono::hours(24)},
                                                   {"99999999999999999999", std::chrono::hours(24)},
                                                   {"-99999999999999999999", Duration(0)}};
  for (const auto& [seconds, delay] : rows) {
    ca(std::string("print ") + seconds + "\nprint cookie\nexit 5");
    const core::SubmitAnswer answer = submit();
    EXPECT_EQ(as<core::PendingAtCa>(answer).request_id, "cookie") << seconds;
    EXPECT_EQ(as<core::PendingAtCa>(answer).retry_after, delay) << seconds;
  }
}

TEST_F(Exec, WhatIsCutOffIsInDoubt) {
  deadline_ = "3s";
  ca("complain waits for the lock\nhang");
  EXPECT_THAT(as<core::InDoubt>(submit()).message,
              AllOf(HasSubstr("did not end in time (3 s)"), HasSubstr("says: waits for the lock")));
  deadline_ = "1m";
  ca("die");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("signal"));
  ca("print this is no certificate");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("is no certificate"));
  // A question may be asked again after any outcome.
  ca("die");
  EXPECT_TRUE(
      std::holds_alternative<core::CaUnavailable>(ports_.ca->retrieve("cookie", {}, kPatient)));
}

TEST_F(Exec, ACallEndsAtItsOwnDeadline) {
  ca("hang");
  core::Submission one;
  one.request = &request_;
  one.template_name = "device";
  const auto answers = ports_.ca->submit({one}, {clock_.now() + Duration(50), StopToken()});
  EXPECT_TRUE(std::holds_alternative<core::InDoubt>(answers.front()));
}

TEST_F(Exec, FindsAndRevokesOnlyWithAHelperThatCan) {
  auto& plain = ca("exit 6");
  EXPECT_EQ(ports_.finder, nullptr);
  core::Revocation revocation;
  revocation.certificate.serial = {0xAB};
  const auto denied = plain.revoke({revocation}, kPatient);
  EXPECT_THAT(std::get<core::DeniedByCa>(denied.front()).reason.message,
              HasSubstr("does not know REVOKE"));
  ca("exit 0", "yes");
  ASSERT_NE(ports_.finder, nullptr);
  EXPECT_FALSE(ports_.finder->find({}, request_.public_key_info(), {}, kPatient)->has_value());
  ca("exit 6", "yes");
  const auto asked = ports_.finder->find({}, request_.public_key_info(), {}, kPatient);
  ASSERT_FALSE(asked.ok());
  EXPECT_THAT(asked.error().message(), HasSubstr("find = no"));
  EXPECT_EQ(asked.error().kind(), ErrorKind::permanent) << "asking again brings no other answer";
}

TEST_F(Exec, ARevocationThatWaitsIsNoTroubleOfTheCa) {
  for (const char* script : {"print cookie\nexit 1", "print 3600\nprint cookie\nexit 5"}) {
    const auto answers = ca(script).revoke({core::Revocation{}}, kPatient);
    EXPECT_TRUE(std::holds_alternative<core::RevocationPending>(answers.front())) << script;
  }
}

TEST_F(Exec, FindsNoCertificateFromBeforeTheRequest) {
  const auto issued = certconnector::testing::issue(pki_.root(), {});
  folder_.write("issued.pem", issued.certificate.to_pem());
  ca("file " + folder_.file("issued.pem"), "yes");
  const auto find = [&](Duration later) {
    return ports_.finder->find({}, issued.certificate.public_key_info(),
                               issued.certificate.not_before() + later, kPatient);
  };
  EXPECT_TRUE(find(std::chrono::hours(47))->has_value()) << "a CA may backdate";
  EXPECT_FALSE(find(std::chrono::hours(49))->has_value()) << "the one that is renewed";
}

TEST_F(Exec, AsksAPersonWhereTheTemplateSaysSo) {
  section_.templates.front().approval = true;
  ca("exit 3");
  EXPECT_TRUE(std::holds_alternative<core::NeedsApproval>(submit()));
}

TEST_F(Exec, ChecksItselfByTheHelper) {
  EXPECT_TRUE(ca("unless FETCH-ROOTS 1").check(kPatient).ok());
  EXPECT_TRUE(ca("unless IDENTIFY 6").check(kPatient).ok());
  const Status gone = ca("print no route\nexit 3").check(kPatient);
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().message(), HasSubstr("no route"));
  const Status strange = ca("exit 6").check(kPatient);
  ASSERT_FALSE(strange.ok());
  EXPECT_THAT(strange.error().message(), HasSubstr("IDENTIFY"));
}

TEST_F(Exec, NoMessageHoldsTheChallengeThatAHelperPrints) {
  request_ = make_request("CN=device,O=Test", "SECRET-pw-1234");
  ca("print challengePassword :SECRET-pw-1234\nexit 2");
  EXPECT_THAT(as<core::DeniedByCa>(submit()).reason.message, Not(HasSubstr("SECRET")));
  // A message ends after 500 octets, in the middle of the password.
  ca("print " + std::string(495, '0') + "SECRET-pw-1234\nexit 2");
  EXPECT_THAT(as<core::DeniedByCa>(submit()).reason.message, Not(HasSubstr("SECR")));
  ca("complain SECRET-pw-1234\ndie");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, Not(HasSubstr("SECRET")));
  ca("complain SECRET-pw-1234\nexit 9");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, Not(HasSubstr("SECRET")));
}

// The request holds it in base64: a shell's `set -x` prints that.
TEST_F(Exec, NoMessageHoldsTheChallengeInsideTheRequest) {
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256});
  crypto::Pkcs10Spec spec;
  spec.challenge_password = "SECRET-pw-1234";
  request_ = crypto::Pkcs10::parse(crypto::make_pkcs10(key.value(), spec).value()).value();
  const std::string all = text::to_base64(request_.der());
  for (const std::size_t width : {all.size(), std::size_t{64}, std::size_t{30}}) {
    std::string lines;
    for (std::size_t at = 0; at < all.size(); at += width) {
      lines += "print " + all.substr(at, width) + "\n";
    }
    ca(lines + "exit 2");
    EXPECT_THAT(as<core::DeniedByCa>(submit()).reason.message, HasSubstr("holds the challenge"))
        << width;
  }
}

TEST_F(Exec, ACookieWithTheChallengeIsInDoubt) {
  request_ = make_request("CN=device,O=Test", "SECRET-pw-1234");
  ca("print id-SECRET-pw-1234\nexit 1");
  EXPECT_THAT(as<core::InDoubt>(submit()).message, HasSubstr("a cookie is no secret"));
}

TEST_F(Exec, ConfigurationNeedsAHelperThatIsThere) {
  const std::shared_ptr<config::CaOptions> options = exec_backend().rules.make_options();
  std::vector<std::string> complaints;
  options->check([&](const std::string& key, const std::string& text) {
    complaints.push_back(key + " " + text);
  });
  ASSERT_THAT(complaints, SizeIs(1));
  EXPECT_THAT(complaints[0], HasSubstr("helper is missing"));
  EXPECT_EQ(options->set("helper", tests::local_path("/nowhere/helper")), std::nullopt);
  EXPECT_EQ(options->set("certificate_file", folder_.write("not.pem", "no PEM")), std::nullopt);
  CaSection section;
  section.options = options;
  const auto problems = exec_backend().unusable_files(section, keys_);
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].message(), HasSubstr("/nowhere/helper"));
  EXPECT_THAT(problems[1].message(), HasSubstr("not.pem"));
  EXPECT_EQ(exec_backend().set_up, nullptr);
}

TEST_F(Exec, WithoutACertificateItIsUnusableUntilTheHelperGivesOne) {
  certificate_file_ = folder_.file("none/certificate.pem");
  const auto helped = [this](const std::string& script) {
    return make(CC_SCRIPTED_HELPER, folder_.write("script", script), "no");
  };
  const auto silent = helped("exit 3");
  ASSERT_FALSE(silent.ok());
  // Not "not set up": `certconnector ca create` is not for it, and `ca test` opens it again.
  EXPECT_EQ(silent.error().code(), error_code(CaErrc::unavailable));
  EXPECT_THAT(silent.error().message(), HasSubstr("mend the helper"));
  // The agent keeps only CA certificates.
  folder_.write("leaf.pem", pki_.client().certificate.to_pem());
  EXPECT_FALSE(helped("file " + folder_.file("leaf.pem")).ok());
  EXPECT_FALSE(std::filesystem::exists(certificate_file_));
  EXPECT_TRUE(helped("print Root\nfile " + folder_.file("ca.pem")).ok());
  EXPECT_TRUE(std::filesystem::exists(certificate_file_));
}

TEST_F(Exec, TheAgentsStopEndsTheWaitForItsCertificate) {
  certificate_file_ = folder_.file("none/certificate.pem");
  const std::string helper = folder_.write("helper.sh", "#!/bin/sh\nexit 3\n");
  std::filesystem::permissions(helper, std::filesystem::perms(0700));
  stop_.request_stop();
  const auto made = make(helper, "", "no");
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message(), HasSubstr("the agent stops"));
}

// The real helper of certmonger, which has its CA.
TEST_F(Exec, WorksWithCertmongersLocalSubmit) {
  const std::filesystem::path helper = kLocalSubmit;
  if (!helper.is_absolute() || !exists(helper)) GTEST_SKIP() << "certmonger is not installed";
  certificate_file_ = folder_.file("kept/certificate.pem");
  std::filesystem::create_directory(folder_.path() / "local");
  open(kLocalSubmit, "-d " + folder_.file("local"));
  EXPECT_TRUE(std::filesystem::exists(certificate_file_)) << "as FETCH-ROOTS gave it";
  EXPECT_TRUE(ports_.ca->check(kPatient).ok());
  const core::SubmitAnswer answer = submit();
  const auto issued =
      crypto::Certificate::from_der(as<core::Issued>(answer).certificate.certificate).value();
  const auto own = crypto::Certificate::from_der(ports_.ca->chain().front()).value();
  EXPECT_TRUE(issued.issued_by(own));
  EXPECT_EQ(ByteView(issued.public_key_info()), request_.public_key_info());
  core::Revocation revocation;
  revocation.certificate.serial = issued.serial();
  EXPECT_TRUE(
      std::holds_alternative<core::DeniedByCa>(ports_.ca->revoke({revocation}, kPatient).front()));
}

}  // namespace
}  // namespace certconnector::ca
