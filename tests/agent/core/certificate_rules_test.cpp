#include "agent/core/certificate_rules.h"

#include <gtest/gtest.h>

namespace certconnector::core {
namespace {

TEST(CertificateRules, WhatARevocationChanges) {
  constexpr auto kHold = RevocationReason::certificate_hold;
  constexpr auto kLift = RevocationReason::remove_from_crl;
  constexpr auto kStolen = RevocationReason::key_compromise;
  struct Row {
    std::optional<RevocationReason> stands;
    RevokeChange hold;
    RevokeChange lift;
    RevokeChange other;
  };
  const std::vector<Row> table{
      {{}, RevokeChange::revoked, RevokeChange::not_held, RevokeChange::revoked},
      {kHold, RevokeChange::already_revoked, RevokeChange::hold_lifted, RevokeChange::revoked},
      {kStolen, RevokeChange::already_revoked, RevokeChange::not_held,
       RevokeChange::already_revoked},
  };
  for (const Row& row : table) {
    std::optional<RevocationRecord> standing;
    if (row.stands) standing = RevocationRecord{{}, *row.stands, {}};
    EXPECT_EQ(revoke_change(standing, kHold), row.hold);
    EXPECT_EQ(revoke_change(standing, kLift), row.lift);
    EXPECT_EQ(revoke_change(standing, kStolen), row.other);
  }
}

TEST(CertificateRules, OnlyWhatChangesIsForTheNextCrl) {
  EXPECT_TRUE(changes_crl(RevokeChange::revoked));
  EXPECT_TRUE(changes_crl(RevokeChange::hold_lifted));
  for (const auto change :
       {RevokeChange::already_revoked, RevokeChange::not_held, RevokeChange::unknown}) {
    EXPECT_FALSE(changes_crl(change));
  }
}

TEST(CertificateRules, ARevokedCertificateStaysForTheCrlAfterItsEnd) {
  const Timestamp end = from_millis(100);
  const Timestamp after = from_millis(101);
  EXPECT_FALSE(may_forget_certificate(end, false, {}, end));
  EXPECT_TRUE(may_forget_certificate(end, false, {}, after));
  EXPECT_FALSE(may_forget_certificate(end, true, {}, after));
  EXPECT_FALSE(may_forget_certificate(end, true, end, after));
  EXPECT_TRUE(may_forget_certificate(end, true, after, after));
  EXPECT_FALSE(may_forget_certificate(end, true, after, end));
}

TEST(CertificateRules, CrlNumbersRise) {
  EXPECT_EQ(next_crl_number(0, 1), 1U);
  EXPECT_EQ(next_crl_number(7, 1), 8U);
  EXPECT_EQ(next_crl_number(7, 1000), 1000U);
}

TEST(CertificateRules, ACrlNumberBeyondIsAboveOneForEachSecondAndAClockThatWasADayAhead) {
  const auto second = [](std::int64_t seconds) { return from_millis(seconds * 1000); };
  EXPECT_EQ(crl_number_beyond(0, second(100), second(1000)), 1000U + 86400);
  EXPECT_EQ(crl_number_beyond(5000, second(100), second(1000)), 5000U + 900 + 86400);
  EXPECT_EQ(crl_number_beyond(5000, second(1000), second(100)), 5000U + 86400);
}

TEST(CertificateRules, AnotherReasonOutweighsAHold) {
  const RevocationRecord hold{from_millis(1), RevocationReason::certificate_hold, {}};
  const RevocationRecord final{from_millis(0), RevocationReason::superseded, {}};
  EXPECT_TRUE(outweighs(final, hold));
  EXPECT_FALSE(outweighs(hold, final));
  EXPECT_FALSE(outweighs(hold, hold));
  EXPECT_FALSE(outweighs(final, final));
}

}  // namespace
}  // namespace certconnector::core
