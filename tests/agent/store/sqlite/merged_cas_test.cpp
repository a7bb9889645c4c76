// A restore beside a state of another past: what both know of a CA and of lineages becomes one.
#include "agent/store/sqlite/restored_database.h"
#include "tests/agent/store/sqlite/restore_fixture.h"

namespace certconnector::store {
namespace {

const core::CaFingerprint kNewFingerprint(64, 'f');

class OtherPast : public RestoredDatabaseTest {
 protected:
  OtherPast() {
    std::filesystem::create_directory(file("other"));
    OpenStores other(file("other/agent.db"));
    EXPECT_TRUE(other.certificates.name_ca(kCa, key_).ok());
    issue(other, "old");
    issue(other, "stolen");
    revoke(other, "old", core::RevocationReason::superseded);
    revoke(other, "stolen", core::RevocationReason::key_compromise);
    EXPECT_TRUE(other.enrollments.allow(lineage_of(other, kCa, "old"), 2, at(6)).ok());
    publish(other, 3'000);
    back_up(other);
  }

  static core::LineageId lineage_of(OpenStores& stores, const core::CaFingerprint& ca,
                                    const std::string& name) {
    const auto found = stores.certificates.find(ca, core::CertificateId{serial(name), {}}).value();
    EXPECT_TRUE(found) << name;
    return found ? found->lineage : core::LineageId();
  }
  static core::LineageState state_of(OpenStores& stores, const core::CaFingerprint& ca,
                                     const std::string& name) {
    const auto state = stores.enrollments.find(lineage_of(stores, ca, name), at(7)).value();
    EXPECT_TRUE(state) << name;
    return state.value_or(core::LineageState());
  }

  core::CaKeyId key_{7};
};

// Its certificate was replaced between the two.
TEST_F(OtherPast, ACaIsOneByItsKey) {
  {
    OpenStores stores(state());
    ASSERT_TRUE(stores.certificates.name_ca(kNewFingerprint, key_).ok());
    ASSERT_TRUE(stores.certificates.take_crl_number(kNewFingerprint, 50).ok());
  }
  EXPECT_EQ(restore().newer, NewerState::sound);
  OpenStores stores(state());
  for (const core::CaFingerprint& name : {kNewFingerprint, core::CaFingerprint(kCa)}) {
    const auto old = stores.certificates.find(name, core::CertificateId{serial("old"), {}}).value();
    ASSERT_TRUE(old) << name;
    EXPECT_TRUE(old->revocation);
    EXPECT_EQ(stores.certificates.count(name).value(), 2U);
    EXPECT_EQ(stores.certificates.last_crl_number(name).value(), 3'000U);
  }
}

TEST_F(OtherPast, ACaThatIssuedMoreStaysOne) {
  {
    OpenStores other(file("other/agent.db"));
    ASSERT_TRUE(other.certificates.note_earlier_issues(kCa).ok());
    back_up(other);
  }
  { OpenStores stores(state()); }
  restore();
  EXPECT_TRUE(OpenStores(state()).certificates.may_have_issued_more(kCa).value());
}

TEST_F(OtherPast, LineagesKeepTheirStolenKeyAndWhatAPersonAllowed) {
  {
    OpenStores stores(state());
    issue(stores, "new");  // takes the number that "old" has in the backup
  }
  restore();
  OpenStores stores(state());
  EXPECT_TRUE(state_of(stores, kCa, "stolen").compromised);
  EXPECT_EQ(state_of(stores, kCa, "old").allowed, 2U);
  EXPECT_FALSE(state_of(stores, kCa, "new").compromised);
  EXPECT_EQ(state_of(stores, kCa, "new").allowed, 0U);
}

}  // namespace
}  // namespace certconnector::store
