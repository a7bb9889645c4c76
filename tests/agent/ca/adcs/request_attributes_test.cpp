#include "agent/ca/adcs/request_attributes.h"

#include <gtest/gtest.h>

namespace certconnector::ca {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

AttributesWanted wanted(std::string template_name) {
  AttributesWanted wanted{std::move(template_name), std::nullopt, {}};
  wanted.key[0] = 0xAB;
  return wanted;
}

constexpr char kJob[] = "CertificateConnectorJob:ab000000000000000000000000000000";

TEST(RequestAttributes, NameTheTemplateAndTheJob) {
  EXPECT_EQ(request_attributes(wanted("CorpDevice")).value(),
            std::string("CertificateTemplate:CorpDevice\n") + kJob);
  EXPECT_EQ(job_attribute(wanted("CorpDevice").key), kJob);
}

TEST(RequestAttributes, AskForAValidityThatIsNoLonger) {
  const auto lines_for = [](std::chrono::seconds validity) {
    AttributesWanted one = wanted("CorpDevice");
    one.validity = validity;
    const std::string text = request_attributes(one).value();
    return text.substr(text.find(kJob) + std::string(kJob).size());
  };
  EXPECT_EQ(lines_for(hours(24 * 30)), "\nValidityPeriod:Days\nValidityPeriodUnits:30");
  EXPECT_EQ(lines_for(hours(47)), "\nValidityPeriod:Days\nValidityPeriodUnits:1");
  EXPECT_EQ(lines_for(minutes(119)), "\nValidityPeriod:Hours\nValidityPeriodUnits:1");
}

TEST(RequestAttributes, OfTheCasDatabaseNameTheJobInAnyForm) {
  const core::IdempotencyKey job = wanted("CorpDevice").key;
  EXPECT_TRUE(names_job("CertificateTemplate:X\r\n" + std::string(kJob), job));
  EXPECT_TRUE(names_job("certificateconnectorjob:AB000000000000000000000000000000", job));
  EXPECT_FALSE(names_job("CertificateConnectorJob:ac000000000000000000000000000000", job));
}

TEST(RequestAttributes, LetNoValueBringAnotherLine) {
  for (const char* name : {"Corp\nSAN:upn=administrator@corp.example", "Corp\r", "Corp\x01", "",
                           "Corp\xC3", "Corp\xE2\x80\xA8SAN:x", "\t"}) {
    const auto refused = request_attributes(wanted(name));
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().code(), error_code(AdcsErrc::refused));
  }
}

}  // namespace
}  // namespace certconnector::ca
