#include "tests/agent/ca/local_ca_fixture.h"

#include <utility>

#include "common/crypto/certificate.h"
#include "tests/support/program.h"

namespace certconnector::ca::testing {

using certconnector::testing::run_program;

LocalCaFixture::LocalCaFixture() {
  settings_.name = "default";
  settings_.key_file = directory_.file("ca/key.pem");
  settings_.certificate_file = directory_.file("ca/certificate.pem");
  settings_.chain_file = directory_.file("ca/chain.pem");
  settings_.request_file = directory_.file("ca/request.pem");
  settings_.database_file = directory_.file("ca/database");
  settings_.crl_file = directory_.file("ca/ca.crl");
  settings_.partition_register = directory_.file("ca/crl-partitions");
  TemplateSettings device;
  device.name = "device";
  settings_.templates.push_back(device);
}

CaBackendParts LocalCaFixture::parts() {
  return {keys_, certificate_store_, clock_, log_,
          [this](const std::string& name, SharedBytes crl) {
            published_names_.push_back(name);
            published_.push_back(std::move(crl));
          }};
}

CaSection LocalCaFixture::section() const {
  const std::shared_ptr<config::CaOptions> options = local_backend().rules.make_options();
  for (const auto& rule : local_ca_rules()) {
    EXPECT_EQ(options->set(rule.name, rule.write(settings_)), std::nullopt) << rule.name;
  }
  options->fill_paths(settings_.certificate_file.substr(0, settings_.certificate_file.rfind("/")));
  CaSection section;
  section.name = settings_.name;
  section.backend = "local";
  section.options = options;
  section.templates = settings_.templates;
  return section;
}

void LocalCaFixture::start(crypto::KeySpec key) {
  RootSpec spec;
  spec.subject = "CN=Test CA,O=Test";
  spec.key = key;
  const auto made = create_root(settings_, spec, keys_, clock_);
  ASSERT_TRUE(made.ok()) << made.error().message();
  reopen();
}

void LocalCaFixture::reopen() {
  ca_.reset();
  auto opened = LocalCa::open(settings_, parts());
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  ca_ = std::move(opened).value();
}

core::Submission LocalCaFixture::submission(const crypto::Pkcs10& request) {
  core::Submission one;
  ++submissions_;
  one.key[0] = static_cast<std::uint8_t>(submissions_ >> 8U);
  one.key[1] = static_cast<std::uint8_t>(submissions_);
  one.request = &request;
  one.template_name = settings_.templates.front().name;
  return one;
}

core::SubmitAnswer LocalCaFixture::submit(const core::Submission& one) {
  auto answers = ca_->submit({one}, {});
  EXPECT_EQ(answers.size(), 1U);
  if (const auto* issued = std::get_if<core::Issued>(&answers.front())) {
    const core::CertificateEntry entry{one.key, one.template_name, issued->certificate};
    const auto recorded =
        certificate_store_.record(ca_->describe().fingerprint, {entry}, clock_.now());
    EXPECT_TRUE(recorded.ok());
  }
  return answers.front();
}

core::Issued LocalCaFixture::issue(const core::Submission& one) {
  auto answer = submit(one);
  if (auto* issued = std::get_if<core::Issued>(&answer)) return *issued;
  ADD_FAILURE() << "not issued, answer " << answer.index()
                << (std::holds_alternative<core::DeniedByCa>(answer) ? denial(answer).message : "");
  return {};
}

core::RevokeAnswer LocalCaFixture::revoke(const core::CertificateId& id,
                                          core::RevocationReason reason) {
  core::Revocation one;
  one.certificate = id;
  one.reason = reason;
  auto answers = ca_->revoke({one}, {});
  EXPECT_EQ(answers.size(), 1U);
  return answers.front();
}

std::string LocalCaFixture::openssl(const std::vector<std::string>& arguments, int expected) {
  std::vector<std::string> all{"openssl"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto result = run_program(all);
  EXPECT_EQ(result.exit_code, expected) << result.output;
  return result.output;
}

std::string LocalCaFixture::epoch() const {
  return std::to_string(to_millis(clock_.wall()) / 1000);
}

void LocalCaFixture::expect_verifies(const Bytes& certificate) {
  const auto parsed = crypto::Certificate::from_der(certificate);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  const auto path = directory_.write("leaf.pem", parsed.value().to_pem());
  const auto output = openssl(
      {"verify", "-x509_strict", "-attime", epoch(), "-CAfile", settings_.certificate_file, path});
  EXPECT_NE(output.find("leaf.pem: OK"), std::string::npos) << output;
}

std::string LocalCaFixture::text_of(const Bytes& certificate) {
  const auto path = directory_.write("leaf.der", as_text(certificate));
  return openssl({"x509", "-inform", "DER", "-in", path, "-noout", "-text"});
}

std::string LocalCaFixture::crl_text() {
  return openssl({"crl", "-inform", "DER", "-in", settings_.crl_file, "-noout", "-text", "-CAfile",
                  settings_.certificate_file});
}

core::Failed denial(const core::SubmitAnswer& answer) {
  if (const auto* denied = std::get_if<core::DeniedByCa>(&answer)) return denied->reason;
  ADD_FAILURE() << "not denied, answer " << answer.index();
  return {};
}

core::Failed denial(const core::RevokeAnswer& answer) {
  if (const auto* denied = std::get_if<core::DeniedByCa>(&answer)) return denied->reason;
  ADD_FAILURE() << "not denied, answer " << answer.index();
  return {};
}

}  // namespace certconnector::ca::testing
