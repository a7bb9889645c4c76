#include "agent/keys/machine_store.h"

#include <gtest/gtest.h>

#include "agent/keys/errors.h"
#include "tests/support/fake_clock.h"

namespace certconnector::keys {
namespace {

TEST(MachineStore, IsOfWindowsAlone) {
  const auto store = machine_store();
  const CertificateWanted wanted{ChosenBy::subject, "CN=agent"};
  const Timestamp now = certconnector::testing::FakeClock::kStart;
  for (const Error& error : {store->find(wanted, now).error(), store->open(wanted, now).error()}) {
    EXPECT_EQ(error.code(), error_code(KeysErrc::unsupported));
    EXPECT_EQ(error.kind(), ErrorKind::permanent);
  }
}

}  // namespace
}  // namespace certconnector::keys
