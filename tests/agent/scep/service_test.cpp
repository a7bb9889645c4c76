#include "agent/scep/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "agent/scep/client_message.h"
#include "common/crypto/certificates_only.h"
#include "tests/agent/scep/refusing_check.h"
#include "tests/agent/scep/served_ca.h"

namespace certconnector::scep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string words(const std::shared_ptr<const Bytes>& answer) {
  return answer ? std::string(as_text(*answer)) : "nothing";
}

// As a client reads it.
std::vector<Bytes> certificates_in(const std::shared_ptr<const Bytes>& answer) {
  const auto certificates = crypto::read_certificates_only(*answer);
  std::vector<Bytes> out;
  for (const auto& one : certificates.value()) out.push_back(one.der());
  return out;
}

Service make_service(const ServiceSettings& settings = {}) {
  return {settings, std::make_shared<RefusingCheck>()};
}

// This test does not need the CA's signature.
class Announcer final : public core::SuccessorAnnouncer {
 public:
  std::optional<Error> failure;
  std::vector<Bytes> announced;

  Result<Bytes> announce(const std::vector<ByteView>& certificates) override {
    for (const ByteView one : certificates) announced.push_back(one.to_bytes());
    if (failure) return *failure;
    return as_bytes("signed").to_bytes();
  }
};

TEST(ScepService, NamesTheCapabilitiesOfItsSwitches) {
  struct Row {
    const char* name;
    std::function<void(ServiceSettings&)> change;
    const char* capabilities;
  };
  const std::string always = "AES\nSHA-256\nSHA-384\nSHA-512\nPOSTPKIOperation\nSCEPStandard\n";
  const Row rows[] = {
      {"as it comes", [](ServiceSettings&) {}, "Renewal\n"},
      {"no renewal", [](ServiceSettings& s) { s.renewal.allowed = false; }, ""},
      {"3DES", [](ServiceSettings& s) { s.legacy.triple_des = true; }, "Renewal\nDES3\n"},
      {"SHA-1", [](ServiceSettings& s) { s.legacy.sha1 = true; }, "Renewal\nSHA-1\n"},
      {"a next CA that nobody signs for", [](ServiceSettings& s) { s.next_ca = {Bytes{1}}; },
       "Renewal\n"},
  };
  for (const Row& row : rows) {
    ServiceSettings settings;
    row.change(settings);
    const Service service = make_service(settings);
    EXPECT_EQ(words(service.published().capabilities), always + row.capabilities) << row.name;
  }
}

TEST(ScepService, OffersTheNewestRaBeforeTheCa) {
  const ServedCa ca;
  Service service = make_service();
  service.set_issuer(ca.issuer());
  EXPECT_EQ(service.published().certificates, nullptr) << "no RA";
  const auto newest = ca.make_ra();
  const auto other = ca.make_ra();
  service.set_ra({RaSet{newest, other}, ca.make_ra_set()});
  const auto published = service.published().certificates;
  ASSERT_NE(published, nullptr);
  EXPECT_THAT(certificates_in(published),
              ElementsAre(newest->certificate().der(), other->certificate().der(),
                          ca.credential.certificate.der()));
  service.set_ra({ca.make_ra_set()});
  EXPECT_THAT(certificates_in(service.published().certificates), SizeIs(2));
  service.set_issuer(nullptr);
  EXPECT_EQ(service.published().certificates, nullptr) << "no CA";
}

TEST(ScepService, CanEnrollWithAnRaOfTodaysCaThatIsInTime) {
  const ServedCa ca;
  const ServedCa same_name;
  const Timestamp end = testing::FakeClock::kStart + std::chrono::hours(24);
  const Timestamp before = end - std::chrono::seconds(1);
  Service service = make_service();
  EXPECT_FALSE(service.can_enroll(before));
  service.set_ra({ca.make_ra_set(end)});
  EXPECT_FALSE(service.can_enroll(before)) << "no CA";
  service.set_issuer(ca.issuer());
  EXPECT_TRUE(service.can_enroll(before));
  EXPECT_FALSE(service.can_enroll(end));
  service.set_problem("the next RA certificate is refused");
  EXPECT_TRUE(service.can_enroll(before));
  service.set_issuer(same_name.issuer());
  EXPECT_FALSE(service.can_enroll(before));
}

TEST(ScepService, AnnouncesTheNextCaOnceTheCaHasSigned) {
  const ServedCa ca;
  Announcer announcer;
  ServiceSettings settings;
  settings.next_ca = {Bytes{1}, Bytes{2}};
  Service service = make_service(settings);
  EXPECT_EQ(service.published().next_certificates, nullptr);
  service.set_issuer(ca.issuer(&announcer));
  EXPECT_THAT(announcer.announced, ElementsAre(Bytes{1}, Bytes{2}));
  EXPECT_EQ(words(service.published().next_certificates), "signed");
  EXPECT_THAT(words(service.published().capabilities), HasSubstr("GetNextCACert\n"));

  service.set_issuer(ca.issuer());
  EXPECT_EQ(service.published().next_certificates, nullptr) << "a CA that cannot sign";
  EXPECT_THAT(words(service.published().capabilities), Not(HasSubstr("GetNextCACert")));
  announcer.failure = Error(ScepErrc::bad_ra, ErrorKind::transient, "not now");
  service.set_issuer(ca.issuer(&announcer));
  EXPECT_EQ(service.published().next_certificates, nullptr) << "a CA that fails";
  EXPECT_THAT(words(service.published().capabilities), Not(HasSubstr("GetNextCACert")));
  EXPECT_EQ(service.announcement_problem(),
            "the service does not announce the next CA (GetNextCACert): not now");
  service.set_issuer(ca.issuer());
  EXPECT_EQ(service.announcement_problem(), "");
}

TEST(ScepService, AnnouncesNothingWithoutANextCa) {
  const ServedCa ca;
  Announcer announcer;
  Service service = make_service();
  service.set_issuer(ca.issuer(&announcer));
  EXPECT_THAT(announcer.announced, IsEmpty());
  EXPECT_EQ(service.published().next_certificates, nullptr);
}

}  // namespace
}  // namespace certconnector::scep
