// Requests and templates that the embedded CA denies, row by row.
#include <functional>
#include <ostream>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/core/security_identifier.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using crypto::GeneralNameKind;
using crypto::KeyKind;

struct Row {
  const char* name;
  std::function<void(RequestSpec&, core::Submission&, TemplateSettings&)> arrange;
  const char* code;
  std::uint32_t hresult;
  const char* says;  // part of the message
  crypto::KeySpec key{KeyKind::ec, 256};
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

auto asks_for(const char* oid, Bytes value) {
  return
      [oid, value = std::move(value)](RequestSpec& request, core::Submission&, TemplateSettings&) {
        request.others.push_back({oid, value, false});
      };
}

constexpr const char* kSid = "S-1-5-21-1-2-3-1104";
constexpr const char* kOtherSid = "S-1-5-21-1-2-3-500";

const Bytes kSequence{0x30, 0x00};

// At a template that leaves nothing out.
auto strictly(const char* oid) {
  return [oid](RequestSpec& request, core::Submission&, TemplateSettings& t) {
    t.refuse_unknown_extensions = true;
    request.others.push_back({oid, kSequence, false});
  };
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"UnknownTemplate",
       [](RequestSpec&, core::Submission& one, TemplateSettings&) { one.template_name = "user"; },
       "unknown_template", 0x80094800, "[template.user]"},
      {"TemplateOfTheAgentAlone",
       [](RequestSpec&, core::Submission&, TemplateSettings& t) { t.agent_only = true; },
       "unknown_template", 0x80094800, "has no template device"},
      {"WeakRsaKey",
       [](RequestSpec&, core::Submission&, TemplateSettings& t) { t.min_rsa = 3072; },
       "weak_key",
       0x80094811,
       "2048 bits, template device asks for at least 3072",
       {KeyKind::rsa, 2048}},
      {"WeakEcKey", [](RequestSpec&, core::Submission&, TemplateSettings& t) { t.min_ec = 384; },
       "weak_key", 0x80094811, "256 bits"},
      {"NoSubjectAndNoNames",
       [](RequestSpec& r, core::Submission&, TemplateSettings&) { r.subject.clear(); },
       "subject_not_allowed", 0x80094001, "neither a subject nor"},
      {"SanKindNotAllowed",
       [](RequestSpec& r, core::Submission&, TemplateSettings& t) {
         t.san_kinds = {GeneralNameKind::dns};
         r.names = {{GeneralNameKind::dns, "a.example"}, {GeneralNameKind::upn, "admin@example"}};
       },
       "subject_alt_name_not_allowed", 0x80094803,
       "kind upn; name it in san_kinds of [template.device]"},
      {"DirectoryNameNotAllowedByDefault",
       [](RequestSpec& r, core::Submission&, TemplateSettings&) {
         r.names = {{GeneralNameKind::directory, "CN=admin"}};
       },
       "subject_alt_name_not_allowed", 0x80094803, "directory"},
      {"SanEmptyList", asks_for("2.5.29.17", kSequence), "malformed_request", 0x8009310B, ""},
      {"SanGarbage", asks_for("2.5.29.17", {0x01, 0x02, 0x03}), "malformed_request", 0x8009310B,
       ""},
      {"KeyUsageBeyondAnExactTemplate",
       [](RequestSpec& r, core::Submission&, TemplateSettings& t) {
         t.exact_usages = true;
         r.key_usage = crypto::kDigitalSignature | crypto::kKeyCertSign;
       },
       "key_usage_not_allowed", 0x800B0110,
       "does not allow; name it in key_usage of [template.device], or ask for less (usages = "
       "exact"},
      {"KeyUsageThatTheJobNamesBeyondTheTemplate",
       [](RequestSpec& r, core::Submission& one, TemplateSettings&) {
         static const core::ExpectedContent kNamed{
             {}, {}, std::uint16_t{crypto::kDigitalSignature | crypto::kNonRepudiation}, {}};
         one.expected = &kNamed;
         r.key_usage = *kNamed.key_usage;
       },
       "key_usage_not_allowed", 0x800B0110, "or ask for less (the job names the usages)"},
      {"KeyUsageBeyondTheBoundOfAnExactTemplate",
       [](RequestSpec& r, core::Submission& one, TemplateSettings& t) {
         t.key_usage = crypto::kDigitalSignature | crypto::kKeyAgreement;
         t.exact_usages = true;
         one.at_most.key_usage = crypto::kDigitalSignature;
         r.key_usage = t.key_usage;
       },
       "key_usage_mismatch", 0x800B0110, "keyAgreement"},
      {"KeyUsageGarbage", asks_for("2.5.29.15", {0x05, 0x00}), "malformed_request", 0x8009310B, ""},
      {"NoKeyUsageLeftForEc",
       [](RequestSpec& r, core::Submission&, TemplateSettings& t) {
         t.exact_usages = true;
         r.key_usage = crypto::kKeyEncipherment;
       },
       "key_usage_not_allowed", 0x800B0110, "EC keys cannot encipher"},
      {"NoKeyUsageOfTheTemplateForEc",
       [](RequestSpec&, core::Submission&, TemplateSettings& t) {
         t.key_usage = crypto::kKeyEncipherment;
       },
       "key_usage_not_allowed", 0x800B0110, "EC keys cannot encipher"},
      {"ExtendedKeyUsageThatTheJobNamesBeyondTheTemplate",
       [](RequestSpec& r, core::Submission& one, TemplateSettings&) {
         static const core::ExpectedContent kNamed{
             {}, {}, {}, std::vector<std::string>{"1.3.6.1.5.5.7.3.1"}};
         one.expected = &kNamed;
         r.extended_key_usage = *kNamed.extended_key_usage;
       },
       "key_usage_not_allowed", 0x800B0110,
       "serverAuth (1.3.6.1.5.5.7.3.1), which template device"},
      {"ExtendedKeyUsageBeyondAnExactTemplate",
       [](RequestSpec& r, core::Submission&, TemplateSettings& t) {
         t.exact_usages = true;
         r.extended_key_usage = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2"};
       },
       "key_usage_not_allowed", 0x800B0110, "name it in extended_key_usage of [template.device]"},
      {"ExtendedKeyUsageGarbage", asks_for("2.5.29.37", {0x30, 0x01}), "malformed_request",
       0x8009310B, ""},
      {"BasicConstraints", asks_for("2.5.29.19", {0x30, 0x03, 0x01, 0x01, 0xFF}),
       "extension_not_allowed", 0x80070057, "basicConstraints"},
      {"CertificatePolicies", strictly("2.5.29.32"), "extension_not_allowed", 0x80070057,
       "certificatePolicies"},
      {"NameConstraints", strictly("2.5.29.30"), "extension_not_allowed", 0x80070057,
       "nameConstraints"},
      {"UnknownExtension", strictly("1.2.3.4.5"), "extension_not_allowed", 0x80070057,
       "[template.device] has unknown_extensions = refuse"},
      {"CriticalUnknownExtension",
       [](RequestSpec& r, core::Submission&, TemplateSettings&) {
         r.others = {{"1.2.3.4.5", kSequence, true}};
       },
       "extension_not_allowed", 0x80070057, "1.2.3.4.5"},
      {"SidExtensionWithoutASidInTheJob",
       asks_for("1.3.6.1.4.1.311.25.2", core::encode_security_identifier(kSid)), "sid_not_allowed",
       0x80094821, "in its extension, but the job carries none"},
      {"SidExtensionOfAnotherAccount",
       [](RequestSpec& r, core::Submission& one, TemplateSettings&) {
         one.sid = kSid;
         r.others = {{"1.3.6.1.4.1.311.25.2", core::encode_security_identifier(kOtherSid), false}};
       },
       "sid_not_allowed", 0x80094821, "security identifier"},
      {"SidUriWithoutASidInTheJob",
       [](RequestSpec& r, core::Submission&, TemplateSettings&) {
         r.names = {
             {GeneralNameKind::uri, std::string("tag:microsoft.com,2022-09-14:sid:") + kSid}};
       },
       "sid_not_allowed", 0x80094821, "security identifier"},
      {"SidUriOfAnotherAccount",
       [](RequestSpec& r, core::Submission& one, TemplateSettings&) {
         one.sid = kSid;
         r.names = {
             {GeneralNameKind::uri, std::string("TAG:Microsoft.com,2022-09-14:sid:") + kOtherSid}};
       },
       "sid_not_allowed", 0x80094821, kOtherSid},
      {"SidOfTheJobMalformed",
       [](RequestSpec&, core::Submission& one, TemplateSettings&) { one.sid = "S-1-5-x"; },
       "bad_job", 0x8007000D, "sid"},
      {"SidOfTheJobTooShort",
       [](RequestSpec&, core::Submission& one, TemplateSettings&) { one.sid = "S-1-5"; }, "bad_job",
       0x8007000D, "sid"},
      {"ValidityNotPositive",
       [](RequestSpec&, core::Submission& one, TemplateSettings&) {
         one.validity = std::chrono::seconds(0);
       },
       "validity_not_possible", 0x800B0102, "positive"},
      {"BadRequestIsRefusedBeforeAPersonIsAsked",
       [](RequestSpec& r, core::Submission&, TemplateSettings& t) {
         t.approval = true;
         r.others = {{"2.5.29.30", kSequence, true}};
       },
       "extension_not_allowed", 0x80070057, "nameConstraints"},
  };
  return all;
}

class DeniedRequest : public LocalCaFixture, public ::testing::WithParamInterface<Row> {};

TEST_P(DeniedRequest, IsPermanentAndSaysWhy) {
  const Row& row = GetParam();
  RequestSpec spec;
  core::Submission wanted;
  wanted.template_name = "device";
  row.arrange(spec, wanted, settings_.templates.front());
  start();
  const auto request = make_request(spec, row.key);
  auto one = submission(request);
  one.template_name = wanted.template_name;
  one.at_most = wanted.at_most;
  one.expected = wanted.expected;
  one.sid = wanted.sid;
  one.validity = wanted.validity;
  const core::Failed refused = denial(submit(one));
  EXPECT_EQ(refused.code, row.code);
  EXPECT_EQ(refused.hresult, static_cast<std::int32_t>(row.hresult));
  EXPECT_NE(refused.message.find(row.says), std::string::npos) << refused.message;
  EXPECT_FALSE(refused.message.empty());
  EXPECT_TRUE(certificate_store_.records().empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, DeniedRequest, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return std::string(row.param.name); });

struct BadTemplate {
  const char* name;
  std::function<void(TemplateSettings&)> arrange;
};
std::ostream& operator<<(std::ostream& out, const BadTemplate& row) { return out << row.name; }

const std::vector<BadTemplate>& bad_templates() {
  static const std::vector<BadTemplate> all{
      {"NoName", [](TemplateSettings& t) { t.name.clear(); }},
      {"KeyCertSign", [](TemplateSettings& t) { t.key_usage = crypto::kKeyCertSign; }},
      {"CrlSign", [](TemplateSettings& t) { t.key_usage = crypto::kCrlSign | 1U; }},
      {"NoKeyUsage", [](TemplateSettings& t) { t.key_usage = 0; }},
      {"NoValidity", [](TemplateSettings& t) { t.validity = std::chrono::seconds(0); }},
      {"NegativeBackdate", [](TemplateSettings& t) { t.backdate = std::chrono::seconds(-1); }},
      {"BadPurpose", [](TemplateSettings& t) { t.extended_key_usage = {"clientAuth"}; }},
      {"UnreadablePurpose", [](TemplateSettings& t) { t.extended_key_usage = {"1.2.2147483648"}; }},
      {"UrlWithSpace", [](TemplateSettings& t) { t.crl_url = "http://a b/c.crl"; }},
      {"UrlNotAscii", [](TemplateSettings& t) { t.aia_url = "http://\xC3\xA4/c"; }},
  };
  return all;
}

class TemplateRefusal : public LocalCaFixture, public ::testing::WithParamInterface<BadTemplate> {};

TEST_P(TemplateRefusal, StopsTheCaFromOpening) {
  start();
  GetParam().arrange(settings_.templates.front());
  const auto opened = LocalCa::open(settings_, parts());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), error_code(CaErrc::bad_template));
  EXPECT_EQ(opened.error().kind(), ErrorKind::permanent);
}

INSTANTIATE_TEST_SUITE_P(Rows, TemplateRefusal, ::testing::ValuesIn(bad_templates()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace certconnector::ca::testing
