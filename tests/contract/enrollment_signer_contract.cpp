#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {
namespace {

using core::EnrollmentStanding;
using ::testing::SizeIs;

core::EnrollmentKey key_of_signer(core::EnrollmentKey key, std::uint8_t signer) {
  key.public_key.fill(signer);
  return key;
}

core::NewEnrollment signed_by(core::NewEnrollment request, std::uint8_t signer) {
  request.signer.emplace().fill(signer);
  return request;
}

TEST_P(EnrollmentLedgerContract, TheSameRequestIsOneEnrollmentWhoeverSigns) {
  for (const std::string challenge : {"c", ""}) {
    ledgers_ = GetParam().make();
    const EnrollmentStanding first = begun(signed_by(request(challenge, 1, "job-1"), 7));
    const EnrollmentStanding again = begun(signed_by(request(challenge, 1, "job-2"), 7));
    const EnrollmentStanding other = begun(signed_by(request(challenge, 1, "job-3"), 8));
    EXPECT_TRUE(first.begun);
    EXPECT_EQ(again.ticket.value, first.ticket.value);
    EXPECT_EQ(other.ticket.value, first.ticket.value);
    ledgers_->restart();
    ASSERT_THAT(list(), SizeIs(1));
    EXPECT_TRUE(list()[0].foreign_signer);
    EXPECT_EQ(list()[0].signers, 2);
    EXPECT_EQ(find(request("", 1, "").key)->ticket.value, first.ticket.value);
    EXPECT_EQ(begun(request(challenge, 1, "job-4")).ticket.value, first.ticket.value);
    EXPECT_EQ(list()[0].signers, 3) << "its own key";
    EXPECT_EQ(begun(signed_by(request(challenge, 1, "job-5"), 7)).ticket.value, first.ticket.value);
    EXPECT_EQ(list()[0].signers, 3) << "the first one again";
  }
}

TEST_P(EnrollmentLedgerContract, TheFirstAndTheLastSignerPoll) {
  const core::NewEnrollment wanted = request("c", 1, "job-1");
  const auto polled = [&](std::uint8_t signer) {
    auto found = ledgers_->enrollments().find_for_poll(key_of_signer(wanted.key, signer));
    EXPECT_TRUE(found.ok());
    return found.value();
  };
  const EnrollmentStanding standing = begun(signed_by(wanted, 7));
  EXPECT_FALSE(polled(1));
  EXPECT_FALSE(polled(8));
  ASSERT_TRUE(polled(7));
  EXPECT_EQ(polled(7)->ticket.value, standing.ticket.value);
  static_cast<void>(begun(signed_by(request("c", 1, "job-2"), 8)));
  ledgers_->restart();
  EXPECT_TRUE(polled(7)) << "nobody can take the poll from the first one";
  EXPECT_TRUE(polled(8));
  EXPECT_FALSE(polled(1));
  static_cast<void>(begun(signed_by(request("c", 1, "job-2a"), 6)));
  EXPECT_TRUE(polled(6));
  EXPECT_FALSE(polled(8));
  static_cast<void>(begun(signed_by(request("c", 1, "job-2b"), 8)));
  core::EnrollmentKey elsewhere = key_of_signer(wanted.key, 8);
  elsewhere.transaction_id = "other";
  EXPECT_FALSE(*ledgers_->enrollments().find_for_poll(elsewhere));

  end(denied());
  EXPECT_TRUE(polled(8)->outcome);
  const EnrollmentStanding anew = begun(signed_by(request("c", 1, "job-3"), 9), at(3));
  EXPECT_TRUE(anew.begun);
  EXPECT_EQ(polled(9)->ticket.value, anew.ticket.value);
  EXPECT_EQ(list()[0].signers, 5);
  static_cast<void>(begun(request("c", 1, "job-4"), at(3)));
  EXPECT_TRUE(polled(1)) << "its own key";
  EXPECT_TRUE(polled(9));
}

}  // namespace
}  // namespace certconnector::contract
