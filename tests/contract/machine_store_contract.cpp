#include "tests/contract/machine_store_contract.h"

#include <gmock/gmock.h>

#include "agent/keys/errors.h"
#include "common/crypto/public_key.h"
#include "common/crypto/signature_algorithm.h"
#include "common/text/hex.h"

namespace certconnector::contract {
namespace {

using keys::ChosenBy;
using keys::KeysErrc;
using testing::CertificateSpec;
using testing::FakeClock;
using ::testing::HasSubstr;

class MachineStoreContract : public ::testing::TestWithParam<MachineStoreFactory> {
 protected:
  crypto::Certificate put(int begins_in_days, int ends_in_days, bool has_key = true) {
    constexpr std::chrono::hours kDay{24};
    CertificateSpec spec;
    spec.subject = subject_;
    spec.not_before = FakeClock::kStart + begins_in_days * kDay;
    spec.not_after = FakeClock::kStart + ends_in_days * kDay;
    return tested_->put(spec, has_key);
  }
  [[nodiscard]] Result<crypto::Certificate> find() const {
    return tested_->store().find(wanted_, FakeClock::kStart);
  }
  [[nodiscard]] Result<core::Identity> open() const {
    return tested_->store().open(wanted_, FakeClock::kStart);
  }

  const std::unique_ptr<MachineStoreUnderTest> tested_ = GetParam().make();
  // What a test that crashed has left in a real store is another's.
  const std::string subject_ = "CN=agent,O=" + text::to_hex(crypto::random_bytes(8));
  const keys::CertificateWanted wanted_{ChosenBy::subject, subject_};
};

TEST_P(MachineStoreContract, TheNewestValidOneIsFoundAndOpened) {
  put(-400, -35);
  put(-300, 65);
  const crypto::Certificate newest = put(-10, 355);
  put(5, 370);
  EXPECT_TRUE(find().value().der() == newest.der());
  EXPECT_TRUE(open().value().chain.front().der() == newest.der());
}

TEST_P(MachineStoreContract, TheKeySignsAndDoesNotComeOut) {
  const crypto::Certificate certificate = put(-1, 365);
  const auto identity = open();
  ASSERT_TRUE(identity.ok()) << identity.error().message();
  EXPECT_TRUE(certificate.belongs_to(identity->key));
  EXPECT_FALSE(identity->key.to_pkcs8_pem().ok());
  const Bytes message{'m', 'e'};
  const auto signature = crypto::sign(identity->key, message);
  ASSERT_TRUE(signature.ok()) << signature.error().message();
  const Bytes algorithm = crypto::signature_algorithm(identity->key).value();
  const auto parsed =
      crypto::parse_signature_algorithm(ByteView(algorithm).subview(2, algorithm.size() - 2));
  const auto published = crypto::PublicKey::from_info(identity->key.public_key_info()).value();
  EXPECT_TRUE(published.verify(parsed.value(), message, *signature).ok());
}

TEST_P(MachineStoreContract, AThumbprintIsOneCertificate) {
  const crypto::Certificate first = put(-10, 365);
  put(-1, 365);
  const crypto::Sha1 digest = first.sha1();
  const keys::CertificateWanted that{ChosenBy::thumbprint,
                                     text::to_hex({digest.data(), digest.size()})};
  EXPECT_TRUE(tested_->store().find(that, FakeClock::kStart).value().der() == first.der());
}

TEST_P(MachineStoreContract, WhatIsNotThereIsNotFound) {
  for (const Error& error : {find().error(), open().error()}) {
    EXPECT_EQ(error.code(), error_code(KeysErrc::not_found));
    EXPECT_THAT(error.message(), HasSubstr(subject_));
  }
  put(-400, -35);
  EXPECT_EQ(find().error().code(), error_code(KeysErrc::not_found)) << "it has expired";
}

TEST_P(MachineStoreContract, ACertificateWithoutItsKeyIsNamed) {
  put(-1, 365, false);
  for (const Error& error : {find().error(), open().error()}) {
    EXPECT_EQ(error.code(), error_code(KeysErrc::no_key));
    EXPECT_THAT(error.message(), HasSubstr("has no private key"));
  }
  const crypto::Certificate older = put(-20, 365);
  EXPECT_TRUE(open().value().chain.front().der() == older.der()) << "one that has its key";
}

INSTANTIATE_TEST_SUITE_P(On, MachineStoreContract, ::testing::ValuesIn(machine_stores()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace certconnector::contract
