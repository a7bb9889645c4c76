// What a request asks for beyond its template, and what the certificate has instead.
#include <gmock/gmock.h>

#include "common/crypto/certificate.h"
#include "common/crypto/der.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kClient = "1.3.6.1.5.5.7.3.2";
constexpr const char* kServer = "1.3.6.1.5.5.7.3.1";
constexpr const char* kEmail = "1.3.6.1.5.5.7.3.4";
constexpr std::uint16_t kBoth = crypto::kDigitalSignature | crypto::kKeyEncipherment;

class TemplateDecides : public LocalCaFixture {
 protected:
  crypto::Certificate made(const RequestSpec& spec,
                           crypto::KeySpec key = {crypto::KeyKind::rsa, 2048}) {
    const auto request = make_request(spec, key);
    core::Submission one = submission(request);
    one.at_most = at_most_;
    const core::Issued issued = issue(one);
    note_ = issued.note;
    expect_verifies(issued.certificate.certificate);
    return crypto::Certificate::from_der(issued.certificate.certificate).value();
  }

  core::UsageBound at_most_;
  std::string note_;
};

// As certreq, IIS and the certificates snap-in send it.
TEST_F(TemplateDecides, ExtensionsThatGiveNoRightAreLeftOut) {
  start();
  RequestSpec spec;
  spec.key_usage = kBoth;
  const Bytes sequence{0x30, 0x00};
  for (const char* oid : {"1.2.840.113549.1.9.15", "1.3.6.1.4.1.311.21.10", "1.3.6.1.4.1.311.20.2",
                          "1.3.6.1.4.1.311.21.7", "2.16.840.1.113730.1.13", "2.5.29.31",
                          "2.5.29.32", "2.5.29.35", "1.2.3.4.5"}) {
    spec.others.push_back({oid, sequence, false});
  }
  const crypto::Certificate certificate = made(spec);
  EXPECT_EQ(certificate.key_usage(), kBoth);
  for (const char* part :
       {"template device leaves out smimeCapabilities (1.2.840.113549.1.9.15)",
        "application policies", "certificate template name", "certificate template information",
        "2.16.840.1.113730.1.13", "cRLDistributionPoints", "certificatePolicies",
        "authorityKeyIdentifier", "1.2.3.4.5"}) {
    EXPECT_THAT(note_, HasSubstr(part));
  }
  const std::string text = text_of(certificate.der());
  for (const char* part : {"S/MIME", "1.3.6.1.4.1.311", "Netscape", "1.2.3.4.5", "Policies"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << part << text;
  }
}

TEST_F(TemplateDecides, UsagesBeyondItAreCut) {
  settings_.templates.front().extended_key_usage = {kClient, kEmail};
  start();
  RequestSpec spec;
  spec.key_usage = crypto::kDigitalSignature | crypto::kNonRepudiation | crypto::kKeyCertSign;
  spec.extended_key_usage = {kServer, kEmail, "2.5.29.37.0"};
  const crypto::Certificate certificate = made(spec);
  EXPECT_EQ(certificate.key_usage(), crypto::kDigitalSignature);
  EXPECT_THAT(certificate.extended_key_usage(), ElementsAre(kEmail));
  EXPECT_EQ(note_,
            "template device leaves out key usage nonRepudiation, keyCertSign, extended key usage "
            "serverAuth (1.3.6.1.5.5.7.3.1), 2.5.29.37.0");
}

TEST_F(TemplateDecides, WhereNothingIsLeftItsOwnUsagesStay) {
  start();
  RequestSpec spec;
  spec.key_usage = crypto::kNonRepudiation;
  spec.extended_key_usage = {kServer};
  const crypto::Certificate certificate = made(spec);
  EXPECT_EQ(certificate.key_usage(), kBoth);
  EXPECT_THAT(certificate.extended_key_usage(), ElementsAre(kClient));
  EXPECT_THAT(note_, HasSubstr("key usage nonRepudiation, extended key usage serverAuth"));
  spec = {};
  spec.key_usage = crypto::kKeyEncipherment;
  EXPECT_EQ(made(spec, {crypto::KeyKind::ec, 256}).key_usage(), crypto::kDigitalSignature);
}

TEST_F(TemplateDecides, ARenewalIsCutToItsBoundToo) {
  settings_.templates.front().extended_key_usage = {kClient, kServer};
  start();
  at_most_.key_usage = crypto::kDigitalSignature;
  at_most_.extended_key_usage = {kClient};
  RequestSpec spec;
  spec.key_usage = kBoth;
  spec.extended_key_usage = {kServer};
  const crypto::Certificate certificate = made(spec);
  EXPECT_EQ(certificate.key_usage(), crypto::kDigitalSignature);
  EXPECT_THAT(certificate.extended_key_usage(), ElementsAre(kClient));
  EXPECT_THAT(note_, HasSubstr("key usage keyEncipherment, extended key usage serverAuth"));
}

TEST_F(TemplateDecides, ATemplateWithoutPurposesGivesNoneOfThem) {
  settings_.templates.front().extended_key_usage.clear();
  start();
  RequestSpec spec;
  spec.extended_key_usage = {"1.3.6.1.4.1.311.20.2.1"};  // certificate request agent
  EXPECT_TRUE(made(spec).extended_key_usage().empty());
  EXPECT_THAT(note_, HasSubstr("extended key usage 1.3.6.1.4.1.311.20.2.1"));
}

// Two attributes with one of Microsoft's enrollment name-value pairs each.
Bytes validity_pairs(std::string_view period, std::string_view units) {
  namespace der = crypto::der;
  Bytes out;
  der::Writer writer(out);
  for (const auto& [name, value] :
       {std::pair("ValidityPeriod", period), std::pair("ValidityPeriodUnits", units)}) {
    writer.nest(der::kSequence, [&, name = name, value = value] {
      writer.oid(*der::oid_from_text("1.3.6.1.4.1.311.13.2.1"));
      writer.nest(der::kSet, [&] {
        writer.nest(der::kSequence, [&] {
          writer.element(der::kUtf8String, std::string_view(name));
          writer.element(der::kUtf8String, value);
        });
      });
    });
  }
  return out;
}

TEST_F(TemplateDecides, AValidityOfNameValuePairsIsClamped) {
  settings_.templates.front().requester_validity = true;
  start();
  RequestSpec spec;
  const auto days = [&](std::string_view period, std::string_view units) {
    spec.attributes = validity_pairs(period, units);
    const crypto::Certificate certificate = made(spec);
    return std::chrono::duration_cast<std::chrono::hours>(certificate.not_after() - clock_.wall())
               .count() /
           24;
  };
  EXPECT_EQ(days("Days", "30"), 30);
  EXPECT_EQ(days("30", "Days"), 30);
  EXPECT_EQ(days("Years", "2"), 365);
  EXPECT_EQ(note_, "asked for 730 days, the template allows 365 days");
  EXPECT_EQ(days("Moons", "2"), 365);
  settings_.templates.front().requester_validity = false;
  reopen();
  EXPECT_EQ(days("Days", "30"), 365);
}

TEST_F(TemplateDecides, ARequestOfTheSameUsagesHasNoNote) {
  start();
  RequestSpec spec;
  spec.key_usage = kBoth;
  spec.extended_key_usage = {kClient, kClient};
  spec.others = {{"2.5.29.19", {0x30, 0x00}, true}};
  EXPECT_THAT(made(spec).extended_key_usage(), ElementsAre(kClient));
  EXPECT_EQ(note_, "");
}

}  // namespace
}  // namespace certconnector::ca::testing
