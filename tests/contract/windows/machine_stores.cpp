#include "tests/contract/fake_machine_store_under_test.h"
#include "tests/support/windows/csp_certificate.h"

namespace certconnector::contract {
namespace {

// The store of this user; Wine holds keys of the CryptoAPI.
class WindowsStoreUnderTest final : public MachineStoreUnderTest {
 public:
  [[nodiscard]] const keys::MachineStore& store() const override { return *store_; }
  crypto::Certificate put(const testing::CertificateSpec& spec, bool has_key) override {
    auto certificate = testing::issue_for_public_key(root_, spec, key_.public_key());
    stored_.push_back(std::make_unique<testing::StoredCertificate>(certificate, has_key));
    return certificate;
  }

 private:
  static testing::Credential make_root() {
    testing::CertificateSpec spec;
    spec.subject = "CN=Root";
    spec.ca = true;
    return testing::make_self_signed(spec);
  }

  const testing::Credential root_ = make_root();
  const testing::CspContainer key_;
  const std::unique_ptr<const keys::MachineStore> store_ =
      keys::machine_store(keys::StoreOwner::user);
  std::vector<std::unique_ptr<testing::StoredCertificate>> stored_;
};

constexpr MachineStoreFactory kWindowsStore{"Windows",
                                            []() -> std::unique_ptr<MachineStoreUnderTest> {
                                              return std::make_unique<WindowsStoreUnderTest>();
                                            }};

}  // namespace

std::vector<MachineStoreFactory> machine_stores() { return {kFakeStore, kWindowsStore}; }

}  // namespace certconnector::contract
