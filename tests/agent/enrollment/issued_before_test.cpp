#include "agent/enrollment/issued_before.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "agent/core/errors.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeClock;

// A CA's record of one certificate.
class OneCertificate final : public core::CertificateLookup {
 public:
  Result<std::optional<core::CertificateRecord>> find_certificate(
      const core::CertificateId& id) override {
    if (failure) return *failure;
    if (id.serial != serial) return std::optional<core::CertificateRecord>();
    core::CertificateRecord record;
    record.revocation = revocation;
    return std::make_optional(std::move(record));
  }

  Bytes serial{1};
  std::optional<core::RevocationRecord> revocation;
  std::optional<Error> failure;
};

class IssuedBefore : public ::testing::Test {
 protected:
  void revoke(core::RevocationReason reason) {
    known_.revocation = core::RevocationRecord{FakeClock::kStart, reason, std::nullopt};
  }
  // Code and message; empty: the agent gives the certificate out again.
  [[nodiscard]] std::string why(Timestamp now, core::CertificateLookup* known) const {
    const auto found = why_not_again(known, issued_, now);
    if (!found.ok()) return "error";
    return *found ? (*found)->code + ": " + (*found)->message : std::string();
  }

  OneCertificate known_;
  core::IssuedCertificate issued_{
      {}, {1}, FakeClock::kStart, FakeClock::kStart + std::chrono::hours(1)};
  const Timestamp before_ = issued_.not_after - Duration(1);
  const Timestamp after_ = issued_.not_after;
};

TEST_F(IssuedBefore, AGoodOneIsGivenOutUntilItEnds) {
  EXPECT_EQ(why(before_, &known_), "");
  EXPECT_EQ(why(before_, nullptr), "") << "a CA that cannot be asked";
  const std::array<core::CertificateLookup*, 2> either{&known_, nullptr};
  for (core::CertificateLookup* known : either) {
    EXPECT_EQ(why(after_, known),
              "certificate_expired: The certificate of this request expired on "
              "2026-01-01T01:00:00Z; enroll anew.");
  }
}

TEST_F(IssuedBefore, ARevokedOneIsNot) {
  revoke(core::RevocationReason::superseded);
  const std::string expected =
      "certificate_revoked: The certificate of this request was revoked on 2026-01-01T00:00:00Z "
      "(superseded); enroll with a new key.";
  EXPECT_EQ(why(before_, &known_), expected);
  EXPECT_EQ(why(after_, &known_), expected) << "the revocation goes before the expiry";
  known_.serial = {2};
  EXPECT_EQ(why(before_, &known_), "") << "another one is revoked";
}

TEST_F(IssuedBefore, OneOnHoldIsNotUntilItIsReleased) {
  revoke(core::RevocationReason::certificate_hold);
  EXPECT_EQ(why(before_, &known_),
            "certificate_revoked: The certificate of this request is on hold since "
            "2026-01-01T00:00:00Z; release it, or enroll with a new key.");
  known_.revocation.reset();
  EXPECT_EQ(why(before_, &known_), "");
}

TEST_F(IssuedBefore, ACaThatFailsIsNoYes) {
  known_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "the disk is full");
  EXPECT_EQ(why(before_, &known_), "error");
}

}  // namespace
}  // namespace certconnector::enrollment
