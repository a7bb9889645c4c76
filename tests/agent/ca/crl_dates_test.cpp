#include <map>

#include "common/crypto/crl.h"
#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

using core::RevocationReason;

class CrlDates : public LocalCaFixture {};

// thisUpdate lies before the present, for devices with slow clocks.
TEST_F(CrlDates, NoRevocationIsDatedAfterThisUpdate) {
  start();
  const auto request = make_request({});
  const auto old = issue(submission(request)).certificate;
  const auto fresh = issue(submission(request)).certificate;
  static_cast<void>(revoke({old.serial, {}}, RevocationReason::superseded));
  const Timestamp revoked_at = clock_.wall();
  clock_.advance(std::chrono::hours(1));
  static_cast<void>(revoke({fresh.serial, {}}, RevocationReason::superseded));
  ASSERT_TRUE(ca_->publish_now().ok());
  Bytes der;
  ASSERT_TRUE(read_all(*published_.back(), der));
  const auto crl = crypto::parse_crl(der);
  ASSERT_TRUE(crl.ok()) << crl.error().message();
  std::map<Bytes, Timestamp> dates;
  ASSERT_TRUE(crypto::for_each_entry(*crl, [&](const crypto::CrlEntry& entry) {
                dates[entry.serial->to_bytes()] = entry.at;
                return Status();
              }).ok());
  EXPECT_LT(crl->this_update, clock_.wall());
  EXPECT_EQ(dates, (std::map<Bytes, Timestamp>{{old.serial, revoked_at},
                                               {fresh.serial, crl->this_update}}));
}

}  // namespace
}  // namespace certconnector::ca::testing
