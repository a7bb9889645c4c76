#include "agent/enrollment/rules/enrollment_identity.h"

#include <gtest/gtest.h>

#include <functional>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {
namespace {

core::NewEnrollment plain() {
  core::NewEnrollment one;
  one.key = {"phones", "transaction", {}};
  core::IssueRequest issue;
  issue.template_name = "device";
  one.job.job.request = issue;
  one.job.rejection.reset();
  return one;
}

core::NewEnrollment of_kind(const std::string& kind) {
  core::NewEnrollment one = plain();
  if (kind == "own challenge") one.challenge = "c";
  if (kind == "external") {
    one.challenge = "c";
    one.job.external = Timestamp();
  }
  if (kind == "denial") one.job.rejection = core::failed(core::failure::kDeniedByCa, "no");
  return one;
}

core::IssueRequest& issue(core::NewEnrollment& one) {
  return std::get<core::IssueRequest>(one.job.job.request);
}

struct Part {
  const char* name;
  std::function<void(core::NewEnrollment&)> change;
  // Whether it makes another enrollment, by kind: own challenge, shared, external, denial.
  std::array<bool, 4> counts;
};

// The table of core/ports/enrollment_ledger.h.
TEST(EnrollmentIdentity, IsMadeOfThePartsOfTheTable) {
  const std::array<const char*, 4> kinds{"own challenge", "shared", "external", "denial"};
  const std::vector<Part> parts{
      {"service", [](auto& one) { one.key.service = "tablets"; }, {true, true, true, true}},
      {"transaction id", [](auto& one) { one.key.transaction_id = "t"; }, {true, true, true, true}},
      {"public key", [](auto& one) { one.key.public_key.fill(1); }, {true, true, true, true}},
      {"right", [](auto& one) { one.right.fill(1); }, {true, true, true, true}},
      {"request", [](auto& one) { one.request.fill(1); }, {false, true, true, false}},
      {"template", [](auto& one) { issue(one).template_name = "x"; }, {false, false, true, false}},
      {"device", [](auto& one) { one.device = "x"; }, {false, false, false, false}},
      {"subject", [](auto& one) { one.subject = "CN=x"; }, {false, false, false, false}},
      {"job's id", [](auto& one) { one.job.job.key.id = "x"; }, {false, false, false, false}},
  };
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const EnrollmentIdentity first = identity_of(of_kind(kinds.at(kind)));
    for (const Part& part : parts) {
      core::NewEnrollment other = of_kind(kinds.at(kind));
      part.change(other);
      EXPECT_EQ(identity_of(other).claim != first.claim, part.counts.at(kind))
          << part.name << " of " << kinds.at(kind);
    }
  }
}

TEST(EnrollmentIdentity, DenialsDifferByReasonAndChallengeAlone) {
  core::NewEnrollment one = of_kind("denial");
  const EnrollmentIdentity first = identity_of(one);
  one.job.rejection->message = "other words";
  EXPECT_EQ(identity_of(one).claim, first.claim);
  one.challenge = "c";
  const EnrollmentIdentity of_challenge = identity_of(one);
  EXPECT_NE(of_challenge.claim, first.claim);
  one.job.rejection = core::failed(core::failure::kChallengeUsed, "no");
  EXPECT_NE(identity_of(one).claim, of_challenge.claim);
}

// The authorization's name already holds a challenge; its id adds nothing.
TEST(EnrollmentIdentity, TheIdOfAnOwnChallengeIsNoPart) {
  core::NewEnrollment one = of_kind("own challenge");
  const EnrollmentIdentity first = identity_of(one);
  one.challenge = "d";
  EXPECT_EQ(identity_of(one).claim, first.claim);
}

TEST(EnrollmentIdentity, TheTransactionIsTheSameForEveryAuthorization) {
  core::NewEnrollment one = of_kind("own challenge");
  const EnrollmentIdentity first = identity_of(one);
  one.right.fill(9);
  EXPECT_EQ(identity_of(one).transaction, first.transaction);
  EXPECT_EQ(transaction_identity(one.key), first.transaction);
  one.key.public_key.fill(9);
  EXPECT_NE(transaction_identity(one.key), first.transaction);
}

// These hashes are on disk: a change makes every enrollment of an existing queue a new one.
TEST(EnrollmentIdentity, IsWhatItAlwaysWas) {
  EXPECT_EQ(
      identity_of(of_kind("own challenge")).transaction,
      crypto::sha256(as_bytes(std::string("phones\0transaction\0", 19) + std::string(32, '\0'))));
  EXPECT_EQ(identity_of(of_kind("external")).claim,
            crypto::sha256(as_bytes(std::string("phones\0transaction\0", 19) +
                                    std::string(96, '\0') + std::string("\0device", 7))));
  EXPECT_EQ(identity_of(of_kind("denial")).claim,
            crypto::sha256(as_bytes(std::string("phones\0transaction\0", 19) +
                                    std::string(64, '\0') + std::string("\0denied_by_ca\0", 14))));
}

}  // namespace
}  // namespace certconnector::enrollment
