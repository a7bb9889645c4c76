// CAs whose own certificates, or those of their issuers, limit what they can issue.
#include "agent/ca/local/ca_bounds.h"

#include <gmock/gmock.h>

#include "agent/ca/ca_errors.h"
#include "common/crypto/der.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca::testing {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::make_self_signed;
using crypto::GeneralName;
using crypto::GeneralNameKind;
using ::testing::HasSubstr;
namespace der = crypto::der;

CertificateSpec limited(const std::string& subject) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  return spec;
}

struct Subtree {
  std::uint8_t tag;
  std::string base;
};
constexpr std::uint8_t kEmail = der::context_primitive(1);
constexpr std::uint8_t kDns = der::context_primitive(2);
constexpr std::uint8_t kUri = der::context_primitive(6);

std::pair<std::string, Bytes> name_constraints(const std::vector<Subtree>& permitted,
                                               const std::vector<Subtree>& excluded = {}) {
  Bytes value;
  der::Writer writer(value);
  const auto subtrees = [&](unsigned tag, const std::vector<Subtree>& list) {
    if (list.empty()) return;
    writer.nest(der::context(tag), [&] {
      for (const Subtree& one : list) {
        writer.nest(der::kSequence, [&] { writer.element(one.tag, as_bytes(one.base)); });
      }
    });
  };
  writer.nest(der::kSequence, [&] {
    subtrees(0, permitted);
    subtrees(1, excluded);
  });
  return {"2.5.29.30", value};
}

// Permitted: mail and hosts of corp.example, and subjects below O=Test.
std::pair<std::string, Bytes> name_constraints() {
  const Bytes test = crypto::encode_name({{{"2.5.4.10", "Test"}}});
  return name_constraints({{kDns, "corp.example"},
                           {kEmail, "corp.example"},
                           {der::context(4), std::string(as_text(test))}});
}

class CaBoundsTest : public LocalCaFixture {
 protected:
  void import(const Credential& ca, const std::string& issuers = "") {
    const auto made = import_ca(
        settings_, {ca.certificate.to_pem() + issuers, ca.key_pem(), {}, {}}, keys_, clock_);
    ASSERT_TRUE(made.ok()) << made.error().message();
    reopen();
  }
  TemplateSettings& add_template(const char* name, const char* purpose) {
    TemplateSettings more;
    more.name = name;
    more.extended_key_usage = {purpose};
    settings_.templates.push_back(more);
    return settings_.templates.back();
  }
  core::SubmitAnswer ask(const RequestSpec& spec, const std::string& template_name) {
    const auto request = make_request(spec);
    auto one = submission(request);
    one.template_name = template_name;
    one.for_agent = for_agent_ || template_name == "own";
    return submit(one);
  }
  bool for_agent_ = false;
  [[nodiscard]] std::string limits() const {
    std::string text;
    for (const std::string& limit : ca_->describe().limits) text += limit + "\n";
    return text;
  }
};

constexpr const char* kServerAuth = "1.3.6.1.5.5.7.3.1";

TEST_F(CaBoundsTest, ACaForServersIssuesNoClientCertificates) {
  auto spec = limited("CN=Servers");
  spec.extended_key_usage = "serverAuth";
  add_template("own", kServerAuth).agent_only = true;
  import(make_self_signed(spec));
  const core::Failed refused = denial(ask({}, "device"));
  EXPECT_EQ(refused.code, "outside_ca_bounds");
  EXPECT_NE(refused.message.find("clientAuth (1.3.6.1.5.5.7.3.2) is not among those of the CA "
                                 "certificate CN=Servers (serverAuth (1.3.6.1.5.5.7.3.1))"),
            std::string::npos)
      << refused.message;
  EXPECT_THAT(refused.message, HasSubstr("the request does not ask for it, it is of template "
                                         "device: name purposes of the CA in extended_key_usage of "
                                         "[template.device]"));
  RequestSpec asks;
  asks.extended_key_usage = {"1.3.6.1.5.5.7.3.2"};
  EXPECT_THAT(denial(ask(asks, "device")).message, HasSubstr("; ask for another usage"));
  const Status checked = ca_->check({});
  ASSERT_FALSE(checked.ok()) << "no template can be issued, save the agent's own";
  EXPECT_EQ(checked.error().code(), error_code(CaErrc::bad_certificate));
  EXPECT_NE(checked.error().message().find("cannot issue template device"), std::string::npos);
  EXPECT_EQ(log_.count("ca.limited"), 1U);
}

TEST_F(CaBoundsTest, TheTemplatesThatItCanIssueGoOn) {
  auto spec = limited("CN=Servers");
  spec.extended_key_usage = "serverAuth";
  add_template("server", kServerAuth);
  TemplateSettings& own = add_template("own", kServerAuth);
  own.extended_key_usage.emplace_back("1.3.6.1.5.5.7.3.4");
  own.agent_only = true;
  import(make_self_signed(spec));
  EXPECT_TRUE(ca_->check({}).ok());
  EXPECT_NE(limits().find("it cannot issue template device: "), std::string::npos) << limits();
  EXPECT_EQ(limits().find("template server"), std::string::npos) << limits();
  EXPECT_EQ(limits().find("template own"), std::string::npos) << limits();
  EXPECT_TRUE(std::holds_alternative<core::Issued>(ask({}, "server")));
  const auto issued = ask({}, "own");
  ASSERT_TRUE(std::holds_alternative<core::Issued>(issued)) << "the agent's own is cut";
  const auto certificate =
      crypto::Certificate::from_der(std::get<core::Issued>(issued).certificate.certificate);
  EXPECT_EQ(certificate->extended_key_usage(), std::vector<std::string>{kServerAuth});
  EXPECT_EQ(denial(ask({}, "device")).code, "outside_ca_bounds");
}

TEST_F(CaBoundsTest, TheUsagesOfAnIssuerCountAsWell) {
  auto root_spec = limited("CN=Root");
  root_spec.extended_key_usage = "serverAuth,emailProtection";
  const auto root = make_self_signed(root_spec);
  const auto sub = certconnector::testing::issue(root, limited("CN=Sub"));
  import(sub, root.certificate.to_pem());
  EXPECT_NE(denial(ask({}, "device")).message.find("CN=Root"), std::string::npos);
}

TEST_F(CaBoundsTest, AnyPurposeIsNoBoundButOpensslTakesItForNone) {
  auto spec = limited("CN=Any");
  spec.extended_key_usage = "serverAuth,anyExtendedKeyUsage";
  add_template("server", kServerAuth);
  import(make_self_signed(spec));
  const auto issued = ask({}, "device");
  ASSERT_TRUE(std::holds_alternative<core::Issued>(issued));
  EXPECT_NE(limits().find("OpenSSL refuses certificates of template device for "
                          "1.3.6.1.5.5.7.3.2: among the extended key usages of CN=Any"),
            std::string::npos)
      << limits();
  EXPECT_EQ(limits().find("template server"), std::string::npos) << limits();
  EXPECT_TRUE(ca_->check({}).ok()) << "others take it";
}

TEST_F(CaBoundsTest, WhatNoVerifierTakesIsTold) {
  auto spec = limited("CN=Odd");
  const Bytes nothing{0x30, 0x00};
  spec.critical_extensions = {{"1.2.3.4", nothing}};
  spec.raw_extensions = {{"2.5.29.30", nothing}};
  import(make_self_signed(spec));
  EXPECT_NE(limits().find("the certificate of CN=Odd has the critical extension 1.2.3.4, which "
                          "OpenSSL and others do not know: they refuse all that it issues"),
            std::string::npos)
      << limits();
  EXPECT_NE(limits().find("the certificate of CN=Odd has empty name constraints, which RFC 5280"),
            std::string::npos)
      << limits();
  EXPECT_EQ(limits().find("only names within"), std::string::npos) << limits();
  EXPECT_EQ(log_.count("ca.limited"), 2U);
}

TEST_F(CaBoundsTest, NamesStayWithinTheNameConstraints) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints()};
  import(make_self_signed(spec));
  EXPECT_TRUE(ca_->check({}).ok());
  EXPECT_NE(limits().find(
                "only names within the name constraints of CN=Corp (Permitted: DNS:corp.example"),
            std::string::npos)
      << limits();
  const auto with = [](const char* subject, std::vector<GeneralName> names) {
    RequestSpec request;
    request.subject = subject;
    request.names = std::move(names);
    return request;
  };
  const RequestSpec good[] = {
      with("CN=dev1,O=Test", {{GeneralNameKind::dns, "dev1.corp.example"}}),
      with("CN=dev1,O=Test", {{GeneralNameKind::upn, "u@other"}, {GeneralNameKind::ip, "::1"}}),
      with("emailAddress=a@corp.example,O=Test", {}),
      with("CN=dev1.example,O=Test", {{GeneralNameKind::dns, "dev1.corp.example"}}),
  };
  for (const RequestSpec& request : good) {
    const auto answer = ask(request, "device");
    EXPECT_TRUE(std::holds_alternative<core::Issued>(answer)) << request.subject;
    if (const auto* issued = std::get_if<core::Issued>(&answer)) {
      expect_verifies(issued->certificate.certificate);
    }
  }
  const std::pair<RequestSpec, const char*> bad[] = {
      {with("CN=dev1,O=Test", {{GeneralNameKind::dns, "dev1.example"}}), "DNS:dev1.example is not"},
      {with("CN=dev1,O=Test",
            {{GeneralNameKind::dns, "a.corp.example"}, {GeneralNameKind::email, "a@example"}}),
       "email:a@example is not permitted"},
      {with("emailAddress=a@example,O=Test", {}), "a@example"},
      {with("CN=dev1,O=Other", {}), "the subject CN=dev1,O=Other is not permitted"},
      {with("CN=dev1.example,O=Test", {}), "the subject CN=dev1.example,O=Test is not permitted"},
  };
  for (const auto& [request, name] : bad) {
    const core::Failed refused = denial(ask(request, "device"));
    EXPECT_THAT(refused.message, HasSubstr(name));
    EXPECT_THAT(refused.message, HasSubstr("correct the request's names"));
    EXPECT_EQ(refused.code, "outside_ca_bounds") << request.subject;
    EXPECT_NE(refused.message.find("CN=Corp (Permitted: DNS:corp.example"), std::string::npos)
        << refused.message;
  }
}

TEST_F(CaBoundsTest, NameConstraintsThatCannotBeReadAreAnError) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {{"2.5.29.30", {0x05, 0x00}}};
  const auto of_ca = CaBounds::of(make_self_signed(spec).certificate, {});
  ASSERT_FALSE(of_ca.ok());
  EXPECT_EQ(of_ca.error().message(), "the certificate of CN=Corp has malformed name constraints");
}

TEST_F(CaBoundsTest, ACommonNameThatAVerifierTakesForAHostCounts) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints({{kDns, "corp.example"}}, {{kDns, "lab.corp.example"}})};
  add_template("server", kServerAuth);
  import(make_self_signed(spec));
  for (const char* subject :
       {"CN=*.evil.example", "CN=w*.evil.example", "CN=evil.example.", "CN=\u00E9vil.example",
        "CN=a+OU=b,CN=*.evil.example", "CN=*.corp.example", "CN=l*.corp.example"}) {
    RequestSpec request;
    request.subject = subject;
    EXPECT_EQ(denial(ask(request, "device")).code, "outside_ca_bounds") << subject;
    request.names = {{GeneralNameKind::dns, "a.corp.example"}};
    EXPECT_TRUE(std::holds_alternative<core::Issued>(ask(request, "device")))
        << subject << ": verifiers look at the dNSName alone";
  }
  for (const char* subject : {"CN=*.a.corp.example", "CN=dev 1.evil", "CN=dev1"}) {
    RequestSpec request;
    request.subject = subject;
    EXPECT_TRUE(std::holds_alternative<core::Issued>(ask(request, "device"))) << subject;
  }
  RequestSpec request;
  request.subject = "CN=mail";
  EXPECT_EQ(denial(ask(request, "server")).code, "outside_ca_bounds");
  request.names = {{GeneralNameKind::dns, "mail.corp.example"}};
  EXPECT_TRUE(std::holds_alternative<core::Issued>(ask(request, "server")));
}

TEST_F(CaBoundsTest, AWildcardCoversNoExcludedName) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints({}, {{kDns, "lab.corp.example"}, {kDns, ".x.example"}})};
  import(make_self_signed(spec));
  const auto answer_to = [&](const char* name) {
    RequestSpec request;
    request.names = {{GeneralNameKind::dns, name}};
    return ask(request, "device");
  };
  for (const char* name : {"*.corp.example", "*.CORP.example", "*.lab.corp.example",
                           "a.lab.corp.example", "*.example"}) {
    const core::Failed refused = denial(answer_to(name));
    EXPECT_NE(refused.message.find("is excluded"), std::string::npos)
        << name << ": " << refused.message;
  }
  for (const char* name : {"*.a.corp.example", "*.other.example", "corp.example"}) {
    EXPECT_TRUE(std::holds_alternative<core::Issued>(answer_to(name))) << name;
  }
}

TEST_F(CaBoundsTest, TheHostOfAUriIsThatOfRfc3986) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints({{kUri, "corp.example"}, {kUri, ".corp.example"}})};
  import(make_self_signed(spec));
  const auto answer_to = [&](const char* uri) {
    RequestSpec request;
    request.names = {{GeneralNameKind::uri, uri}};
    return ask(request, "device");
  };
  for (const char* uri :
       {"https://evil.example/", "https://corp.example:x@evil.example/",
        "https://a.corp.example:@evil.example/", "https://evil.example?.corp.example/",
        "https://evil.example#.corp.example/", "https://evil.example?x=.corp.example:80/",
        "https://192.0.2.1/", "urn:corp.example", "mailto:a@evil?x=://corp.example/"}) {
    EXPECT_EQ(denial(answer_to(uri)).code, "outside_ca_bounds") << uri;
  }
  for (const char* uri : {"https://corp.example/", "https://u@a.corp.example:8443?x"}) {
    EXPECT_TRUE(std::holds_alternative<core::Issued>(answer_to(uri))) << uri;
  }
}

TEST_F(CaBoundsTest, WhereHostsAreExcludedEachNameHasOne) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints({}, {{kUri, "lab.example"}, {kEmail, "lab.example"}})};
  import(make_self_signed(spec));
  const GeneralName bad[] = {{GeneralNameKind::uri, "https://192.0.2.1/"},
                             {GeneralNameKind::uri, "https://[::1]/"},
                             {GeneralNameKind::uri, "urn:a:b"},
                             {GeneralNameKind::uri, "https://u@lab.example:1/"},
                             {GeneralNameKind::email, "a@[192.0.2.1]"}};
  for (const GeneralName& name : bad) {
    RequestSpec request;
    request.names = {name};
    EXPECT_EQ(denial(ask(request, "device")).code, "outside_ca_bounds") << name.value;
  }
  RequestSpec request;
  request.names = {{GeneralNameKind::uri, "https://a.example/"},
                   {GeneralNameKind::email, "a@b.example"}};
  EXPECT_TRUE(std::holds_alternative<core::Issued>(ask(request, "device")));
}

TEST_F(CaBoundsTest, AnRaOutsideTheNameConstraintsNeedsAnotherSubject) {
  auto spec = limited("CN=Corp");
  spec.raw_extensions = {name_constraints()};
  import(make_self_signed(spec));
  RequestSpec ra;
  ra.subject = "CN=phones RA,O=Other";
  for_agent_ = true;
  const core::Failed refused = denial(ask(ra, "device"));
  EXPECT_EQ(refused.code, "outside_ca_bounds");
  EXPECT_THAT(refused.message, HasSubstr("the subject CN=phones RA,O=Other is not permitted"));
  EXPECT_THAT(refused.message, HasSubstr("set ra_subject of the service"));
}

TEST_F(CaBoundsTest, TheCheckOfTheConfigurationTells) {
  auto spec = limited("CN=Servers");
  spec.extended_key_usage = "serverAuth";
  add_template("server", kServerAuth);
  import(make_self_signed(spec));
  EXPECT_TRUE(local_backend().unusable_files(section(), keys_).empty())
      << "the CA serves the others";
  const auto notes = local_backend().notes(section());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("cannot issue template device"), std::string::npos);
  settings_.templates.erase(settings_.templates.begin());
  EXPECT_TRUE(local_backend().notes(section()).empty());
  spec.key_usage = "digitalSignature,cRLSign";
  directory_.write("ca/certificate.pem", make_self_signed(spec).certificate.to_pem());
  const auto unable = local_backend().unusable_files(section(), keys_);
  ASSERT_EQ(unable.size(), 1U);
  EXPECT_NE(unable[0].message().find("must hold keyCertSign"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::ca::testing
