// The names of issued certificates: encoded anew where they can be kept, refused with their rule
// where not. The rules themselves: tests/common/crypto/issuable_name_test.cpp.
#include "common/crypto/certificate.h"
#include "common/crypto/certificate_fields.h"
#include "common/crypto/der.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using crypto::GeneralName;
using crypto::GeneralNameKind;
namespace der = crypto::der;

class IssuedNames : public LocalCaFixture {
 protected:
  void SetUp() override { start(); }

  crypto::Certificate certificate_of(const RequestSpec& spec) {
    const auto request = make_request(spec);
    return crypto::Certificate::from_der(issue(submission(request)).certificate.certificate)
        .value();
  }
  core::Failed denial_of(const RequestSpec& spec) {
    const auto request = make_request(spec);
    return denial(submit(submission(request)));
  }
};

// A subject of one CN in this string type.
Bytes subject_of(std::uint8_t tag, std::string_view value) {
  Bytes name;
  der::Writer writer(name);
  writer.nest(der::kSequence, [&] {
    writer.nest(der::kSet, [&] {
      writer.nest(der::kSequence, [&] {
        writer.oid(*der::oid_from_text("2.5.4.3"));
        writer.element(tag, value);
      });
    });
  });
  return name;
}

TEST_F(IssuedNames, SubjectHasTheRightStringType) {
  RequestSpec spec;
  spec.subject_der = subject_of(der::kPrintableString, "a_b@c!");
  EXPECT_EQ(certificate_of(spec).subject(), subject_of(der::kUtf8String, "a_b@c!"));
  spec.subject_der = subject_of(der::kPrintableString, "plain");
  EXPECT_EQ(certificate_of(spec).subject(), *spec.subject_der);
}

TEST_F(IssuedNames, SubjectThatNoCertificateCanHoldIsDenied) {
  RequestSpec spec;
  spec.subject = "CN=" + std::string(65, 'a');
  const core::Failed refused = denial_of(spec);
  EXPECT_EQ(refused.code, "subject_not_allowed");
  EXPECT_NE(refused.message.find("has 65 characters; 1 to 64 are allowed (RFC 5280"),
            std::string::npos)
      << refused.message;
}

// `count` user principal names of 1000 characters: two octets each as requested, three as issued.
WantedExtension many_names(int count) {
  std::string value;
  for (int i = 0; i < 997; ++i) value += "\x20\xAC";
  value += std::string("\0@\0b", 4);
  Bytes list;
  der::Writer writer(list);
  writer.nest(der::kSequence, [&] {
    for (int i = 0; i < count; ++i) {
      writer.nest(der::context(0), [&] {
        writer.oid(*der::oid_from_text("1.3.6.1.4.1.311.20.2.3"));
        writer.nest(der::context(0), [&] { writer.element(der::kBmpString, value); });
      });
    }
  });
  return {"2.5.29.17", list};
}

TEST_F(IssuedNames, ACertificateThatNobodyReadsIsDeniedByItsSize) {
  RequestSpec spec;
  spec.others = {many_names(22)};
  const core::Failed refused = denial_of(spec);
  EXPECT_EQ(refused.code, "request_too_large");
  EXPECT_NE(refused.message.find("at most 65536 can be read"), std::string::npos)
      << refused.message;
  spec.others = {many_names(20)};
  EXPECT_EQ(certificate_of(spec).subject_alt_names().size(), 20U);
}

TEST_F(IssuedNames, AlternativeNameThatIsNotOneIsDenied) {
  RequestSpec spec;
  spec.names = {{GeneralNameKind::dns, "a..b"}};
  const core::Failed refused = denial_of(spec);
  EXPECT_EQ(refused.code, "subject_alt_name_not_allowed");
  EXPECT_NE(refused.message.find("dns \"a..b\" has an empty label"), std::string::npos)
      << refused.message;
}

TEST_F(IssuedNames, UriOfTheChallengePassesAndIsNoted) {
  const GeneralName uri{GeneralNameKind::uri, "device://serial no 4711"};
  RequestSpec spec;
  spec.names = {uri};
  EXPECT_EQ(denial_of(spec).code, "subject_alt_name_not_allowed");
  const auto request = make_request(spec);
  auto one = submission(request);
  core::ExpectedContent expected;
  expected.subject_alt_names = spec.names;
  one.expected = &expected;
  const auto issued = issue(one);
  const auto certificate = crypto::Certificate::from_der(issued.certificate.certificate);
  ASSERT_TRUE(certificate.ok());
  EXPECT_EQ(certificate->subject_alt_names(), spec.names);
  EXPECT_NE(issued.note.find("device://serial no 4711"), std::string::npos) << issued.note;
}

TEST_F(IssuedNames, AddressOfTheSubjectIsAnAlternativeNameWhereItMayBe) {
  const GeneralName address{GeneralNameKind::email, "a@corp.example"};
  RequestSpec spec;
  spec.subject = "emailAddress=a@corp.example,O=Test";
  EXPECT_EQ(certificate_of(spec).subject_alt_names(), std::vector<GeneralName>{address});

  const auto request = make_request(spec);
  auto one = submission(request);
  core::ExpectedContent expected;
  expected.subject_alt_names.emplace();
  one.expected = &expected;
  const auto named_by_none = issue(one).certificate.certificate;
  EXPECT_TRUE(crypto::Certificate::from_der(named_by_none)->subject_alt_names().empty());

  settings_.templates.front().san_kinds = {GeneralNameKind::dns};
  reopen();
  EXPECT_TRUE(certificate_of(spec).subject_alt_names().empty());
}

}  // namespace
}  // namespace certconnector::ca::testing
