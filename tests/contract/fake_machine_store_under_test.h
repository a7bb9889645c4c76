// The fake, for the machine stores of every platform.
#pragma once

#include "tests/contract/machine_store_contract.h"
#include "tests/support/keys/fake_machine_store.h"

namespace certconnector::contract {

class FakeStoreUnderTest final : public MachineStoreUnderTest {
 public:
  [[nodiscard]] const keys::MachineStore& store() const override { return store_; }
  crypto::Certificate put(const testing::CertificateSpec& spec, bool has_key) override {
    const testing::Credential made = testing::make_self_signed(spec, {crypto::KeyKind::rsa, 2048});
    store_.put(made, {has_key});
    return made.certificate;
  }

 private:
  testing::FakeMachineStore store_;
};

inline constexpr MachineStoreFactory kFakeStore{"Fake",
                                                []() -> std::unique_ptr<MachineStoreUnderTest> {
                                                  return std::make_unique<FakeStoreUnderTest>();
                                                }};

}  // namespace certconnector::contract
