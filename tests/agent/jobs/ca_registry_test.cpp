#include "agent/jobs/ca_registry.h"

#include <gtest/gtest.h>

#include "tests/support/core/fake_ca.h"

namespace certconnector::jobs {
namespace {

core::CaPorts ports_of(const std::string& fingerprint, const std::string& subject) {
  core::CaPorts ports;
  ports.ca = std::make_shared<testing::FakeCa>(fingerprint, subject);
  return ports;
}

// A service may take certificates of the previous CA beside those of the next.
TEST(CaRegistryTest, ACaGivesAwayTheNameOfNoOther) {
  CaRegistry cas;
  const CaRef previous = cas.add(ports_of("a", "CN=Issuing CA 1"));
  const CaRef next = cas.add(ports_of("b", "CN=Issuing CA 2"));
  const std::pair<const char*, bool> rows[] = {
      {"CN=issuing ca 1", true}, {"CN=issuing ca 2", true}, {"CN=dev1", false}};
  for (const CaRef& ca : {previous, next}) {
    for (const auto& [subject, is_taken] : rows) {
      const auto name = crypto::parse_rfc4514(subject);
      EXPECT_EQ(ca->reserved->why_not(crypto::encode_name(*name)).has_value(), is_taken)
          << subject << " at " << ca->description.subject;
    }
  }
}

TEST(CaRegistryTest, RemembersTheHealthOfBeforeUntilACheckHasEnded) {
  CaRegistry cas;
  const CaRef ca = cas.add(ports_of("a", "CN=Issuing CA 1"));
  cas.remember("a", {false, "no answer"});
  cas.remember("other", {false, "not served"});
  const Timestamp now{};
  cas.check_began(ca, now, now + std::chrono::seconds(10));
  EXPECT_EQ(cas.health("a", now).message, "no answer") << "the check runs";
  cas.check_ended(ca, {});
  EXPECT_TRUE(cas.health("a", now).healthy);
}

TEST(CaRegistryTest, ACheckThatTheAgentCutOffSaysNothing) {
  CaRegistry cas;
  const CaRef ca = cas.add(ports_of("a", "CN=Issuing CA 1"));
  const Timestamp now{};
  cas.check_began(ca, now, now + std::chrono::seconds(10));
  cas.check_cut_off(ca);
  EXPECT_TRUE(cas.health("a", now + std::chrono::minutes(1)).healthy);
}

}  // namespace
}  // namespace certconnector::jobs
