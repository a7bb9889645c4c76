#include <gmock/gmock.h>

#include "agent/core/certificate_rules.h"
#include "proto/control/commands.h"
#include "tests/agent/control/dispatcher_fixture.h"

namespace certconnector::control {
namespace {

namespace wire = control_proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EarlierCommands : public testing::CommandDispatcherTest {
 protected:
  wire::CaEarlierResult take(const wire::CaEarlierArguments& arguments) {
    return result_of<wire::CaEarlierResult>(wire::command::kCaEarlier,
                                            control_proto::encode(arguments));
  }
  std::string refused(const wire::CaEarlierArguments& arguments) {
    return refusal_of(wire::command::kCaEarlier, control_proto::encode(arguments));
  }
};

wire::EarlierRevocation revocation(const std::string& serial, const std::string& reason = "") {
  return {serial, testing::FakeClock::kStart, reason, {}, {}};
}

TEST_F(EarlierCommands, PassesOnWhatItGets) {
  agent_.taken = {3, 2, 1, {"a note"}, {{1, "why"}}, {"http://a"}};
  wire::CaEarlierArguments arguments;
  arguments.name = "default";
  arguments.certificate_pem = "PEM";
  arguments.certificates = {"AQI=", "Aw=="};
  arguments.revocations = {revocation("0A51", "keyCompromise"), revocation("00f")};
  arguments.crl = "BAU=";
  arguments.crl_upload = "x";
  arguments.crl_offset = 7;
  arguments.crl_size = 9;
  const auto result = take(arguments);
  ASSERT_THAT(agent_.earlier, SizeIs(1));
  const EarlierRecords& records = agent_.earlier[0];
  EXPECT_EQ(records.ca, "default");
  EXPECT_EQ(records.certificate_pem, "PEM");
  EXPECT_THAT(records.certificates, ElementsAre(Bytes{1, 2}, Bytes{3}));
  EXPECT_EQ(records.revocations[0].serial, (Bytes{0x0a, 0x51}));
  EXPECT_EQ(records.revocations[0].revocation.reason, core::RevocationReason::key_compromise);
  EXPECT_EQ(records.revocations[1].serial, Bytes{0x0f});
  EXPECT_EQ(records.crl.octets, (Bytes{4, 5}));
  EXPECT_EQ(records.crl.offset, 7U);
  EXPECT_EQ(result.added, 3U);
  EXPECT_EQ(result.known, 2U);
  EXPECT_EQ(result.expired, 1U);
  EXPECT_THAT(result.notes, ElementsAre("a note"));
  EXPECT_EQ(result.refused.at(0).index, 1U);
  EXPECT_THAT(result.crl_addresses, ElementsAre("http://a"));
}

TEST_F(EarlierCommands, RefusesWhatMakesNoSense) {
  std::vector<wire::CaEarlierArguments> rows(9);
  rows[0].certificates = {"?"};
  rows[1].certificates.assign(501, "AQ==");
  rows[2].revocations = {revocation("xy")};
  rows[3].revocations = {revocation("00")};
  rows[4].revocations = {revocation(std::string(42, '1'))};
  rows[5].revocations = {revocation("01", "anger")};
  rows[6].revocations = {revocation("01", "removeFromCRL")};
  rows[7].crl = "AQ==";
  rows[8].crl_upload = "x";
  for (const auto& row : rows) EXPECT_EQ(refused(row), "bad_value");
  EXPECT_THAT(agent_.earlier, IsEmpty());
}

}  // namespace
}  // namespace certconnector::control
