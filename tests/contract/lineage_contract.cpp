// Renewals and their lineages, in the enrollment ledger and the certificate store together.
#include "tests/contract/ledger_contract.h"

namespace certconnector::contract {
namespace {

using core::LineageConflict;
using core::RevocationReason;

class LineageContract : public LedgerContract {
 protected:
  static Bytes serial_of(const std::string& name) { return {name.begin(), name.end()}; }
  // Begins and ends the enrollment that brings the certificate `name`.
  void issue(core::NewEnrollment enrollment, const std::string& name, Timestamp now,
             Timestamp not_after = at(1'000'000)) {
    ASSERT_TRUE(begun(enrollment, now).begun) << name;
    core::Issued issued = certificate(name, not_after);
    issued.certificate.serial = serial_of(name);
    end(issued, now);
  }
  // A renewal of `old`, which brings `name`.
  static core::NewEnrollment renewal(const std::string& old, const std::string& name) {
    core::NewEnrollment enrollment = request("", 1, "job-" + name);
    enrollment.device.clear();
    enrollment.key.transaction_id = "T-" + name;
    enrollment.right.fill(static_cast<std::uint8_t>(name.back()));
    enrollment.renewal = core::Renewal{serial_of(old), {3, 6}};
    return enrollment;
  }
  core::NewEnrollment first() {
    core::NewEnrollment enrollment = request("c", 1, "job-a");
    enrollment.device = "device-7";
    return enrollment;
  }
  std::optional<LineageConflict> conflict(const core::NewEnrollment& wanted, Timestamp now) {
    const core::BeginAnswer answer = begin(wanted, now);
    const auto* found = std::get_if<LineageConflict>(&answer);
    return found == nullptr ? std::nullopt : std::make_optional(*found);
  }
  core::CertificateRecord record(const std::string& name) {
    const auto found =
        ledgers_->certificates().find(first().job.job.ca, core::CertificateId{serial_of(name), {}});
    EXPECT_TRUE(found.ok() && *found) << name;
    return found.ok() && *found ? **found : core::CertificateRecord();
  }
  void revoke(const std::string& name, RevocationReason reason) {
    core::RevokeEntry entry;
    entry.id.serial = serial_of(name);
    entry.revocation = {at(50), reason, {}};
    ASSERT_TRUE(ledgers_->certificates().revoke(first().job.job.ca, {entry}, at(50)).ok());
  }
};

TEST_P(LineageContract, ARenewalJoinsTheLineageAndItsDevice) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("b", "c"), "c", at(3));
  EXPECT_EQ(record("b").lineage, record("a").lineage);
  EXPECT_EQ(record("c").lineage, record("a").lineage);
  EXPECT_NE(record("a").lineage.value, 0);
  EXPECT_EQ(record("c").entry.holder.device, "device-7");
  EXPECT_EQ(record("c").entry.holder.job, "job-c");
  EXPECT_EQ(record("c").entry.holder.transaction_id, "T-c");
  core::EnrollmentFilter of_device;
  of_device.device = "device-7";
  EXPECT_EQ(list(of_device).size(), 3U);
}

TEST_P(LineageContract, ThreeMayBeInForce) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  EXPECT_EQ(conflict(renewal("a", "d"), at(4)), LineageConflict::full);
  EXPECT_EQ(conflict(renewal("c", "d"), at(4)), LineageConflict::full) << "whoever renews";
  revoke("b", RevocationReason::superseded);
  EXPECT_FALSE(conflict(renewal("c", "d"), at(5)));
}

TEST_P(LineageContract, OneThatIsUnderWayCounts) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  ASSERT_TRUE(begun(renewal("a", "c"), at(3)).begun);
  EXPECT_EQ(conflict(renewal("a", "d"), at(4)), LineageConflict::full);
  EXPECT_FALSE(begun(renewal("a", "c"), at(4)).begun) << "the same request again stands";
}

TEST_P(LineageContract, WhatHasEndedIsNotInForce) {
  issue(first(), "a", at(1), at(100));
  issue(renewal("a", "b"), "b", at(2), at(100));
  issue(renewal("a", "c"), "c", at(3));
  EXPECT_EQ(conflict(renewal("c", "d"), at(99)), LineageConflict::full);
  EXPECT_FALSE(conflict(renewal("c", "d"), at(101)));
}

TEST_P(LineageContract, ACompromisedKeyEndsTheLineage) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  revoke("a", RevocationReason::key_compromise);
  ledgers_->restart();
  EXPECT_EQ(conflict(renewal("b", "c"), at(60)), LineageConflict::compromised);
  EXPECT_TRUE(begun(request("d", 1, "job-new"), at(61)).begun) << "a challenge opens another";
}

TEST_P(LineageContract, AnotherReasonDoesNotEndIt) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  revoke("a", RevocationReason::superseded);
  EXPECT_FALSE(conflict(renewal("b", "c"), at(60)));
}

TEST_P(LineageContract, SoManyComeInADay) {
  issue(first(), "a", at(0));
  std::string last = "a";
  for (const std::string name : {"b", "c", "d", "e", "f", "g"}) {
    issue(renewal(last, name), name, at(10));
    revoke(last, RevocationReason::superseded);
    last = name;
  }
  EXPECT_EQ(conflict(renewal(last, "h"), at(20)), LineageConflict::too_often);
  EXPECT_FALSE(conflict(renewal(last, "h"), at(10 + 86'400)));
}

TEST_P(LineageContract, ACertificateThatNobodyKnowsHasNoLineage) {
  EXPECT_TRUE(begun(renewal("unknown", "b"), at(1)).begun);
}

TEST_P(LineageContract, LineagesDoNotSeeEachOther) {
  issue(first(), "a", at(1));
  issue(renewal("a", "b"), "b", at(2));
  issue(renewal("a", "c"), "c", at(3));
  core::NewEnrollment other = request("other", 2, "job-x");
  issue(other, "x", at(4));
  EXPECT_FALSE(conflict(renewal("x", "y"), at(5)));
  EXPECT_FALSE(record("x").lineage == record("a").lineage);
}

INSTANTIATE_TEST_SUITE_P(On, LineageContract, ::testing::ValuesIn(all_ledgers()), ledgers_name);

}  // namespace
}  // namespace certconnector::contract
