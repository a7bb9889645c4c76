// The contract of the machine's store, and what it runs on. Another implementation adds a factory
// to machine_stores(), one for each platform's folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/keys/machine_store.h"
#include "tests/support/test_pki.h"

namespace certconnector::contract {

class MachineStoreUnderTest {
 public:
  virtual ~MachineStoreUnderTest() = default;
  [[nodiscard]] virtual const keys::MachineStore& store() const = 0;
  // Puts a certificate of an RSA key there; without `has_key` the certificate alone.
  virtual crypto::Certificate put(const testing::CertificateSpec& spec, bool has_key) = 0;
};

struct MachineStoreFactory {
  const char* name;
  std::unique_ptr<MachineStoreUnderTest> (*make)();
};

[[nodiscard]] std::vector<MachineStoreFactory> machine_stores();

}  // namespace certconnector::contract
