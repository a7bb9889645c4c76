#include "agent/app/served_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::FakeClock;
using std::chrono::hours;
using ::testing::HasSubstr;

constexpr hours kDay{24};

CertificateSpec good() {
  CertificateSpec spec;
  spec.subject = "CN=ca.example.com";
  spec.subject_alt_names = "DNS:ca.example.com";
  spec.extended_key_usage = "serverAuth";
  spec.not_before = FakeClock::kStart - 100 * kDay;
  spec.not_after = FakeClock::kStart + 265 * kDay;
  return spec;
}

TEST(ServedCertificate, TellsWhatClientsWillNotTake) {
  struct Row {
    const char* name;
    void (*change)(CertificateSpec& spec);
    const core::FindingCode* code;
    const char* says;
  };
  const Row rows[] = {
      {"expired", [](CertificateSpec& s) { s.not_after = FakeClock::kStart; },
       &core::finding::kServerCertificateExpired, "expired on 2026-01-01"},
      {"in a month",
       [](CertificateSpec& s) {
         s.not_before = FakeClock::kStart - 336 * kDay;
         s.not_after = FakeClock::kStart + 29 * kDay;
       },
       &core::finding::kServerCertificateExpiresSoon, "expires on 2026-01-30"},
      {"of 90 days",
       [](CertificateSpec& s) {
         s.not_before = FakeClock::kStart - 73 * kDay;
         s.not_after = FakeClock::kStart + 17 * kDay;
       },
       &core::finding::kServerCertificateExpiresSoon, "expires on"},
      {"to come", [](CertificateSpec& s) { s.not_before = FakeClock::kStart + kDay; },
       &core::finding::kServerCertificateUnfit, "not valid before"},
      {"of a client", [](CertificateSpec& s) { s.extended_key_usage = "clientAuth"; },
       &core::finding::kServerCertificateUnfit, "serverAuth"},
      {"without names", [](CertificateSpec& s) { s.subject_alt_names.clear(); },
       &core::finding::kServerCertificateUnfit, "names no host"},
  };
  for (const Row& row : rows) {
    CertificateSpec spec = good();
    row.change(spec);
    const std::string pem = make_self_signed(spec).certificate.to_pem();
    const auto finding = served_certificate_finding("http", pem, FakeClock::kStart);
    ASSERT_TRUE(finding) << row.name;
    EXPECT_EQ(finding->code, row.code) << row.name;
    EXPECT_THAT(finding->message, HasSubstr(row.says)) << row.name;
    EXPECT_THAT(finding->remedy, HasSubstr("[http]")) << row.name;
  }
}

TEST(ServedCertificate, IsSilentAboutAGoodOne) {
  CertificateSpec spec = good();
  const auto finding = [&] {
    return served_certificate_finding("http", make_self_signed(spec).certificate.to_pem(),
                                      FakeClock::kStart);
  };
  EXPECT_FALSE(finding());
  spec.not_before = FakeClock::kStart - 70 * kDay;
  spec.not_after = FakeClock::kStart + 20 * kDay;
  EXPECT_FALSE(finding()) << "one of 90 days is renewed later";
  spec.extended_key_usage = "anyExtendedKeyUsage";
  EXPECT_FALSE(finding());
}

}  // namespace
}  // namespace certconnector::app
