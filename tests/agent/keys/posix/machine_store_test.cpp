#include "agent/keys/machine_store.h"

#include <gtest/gtest.h>

#include "agent/keys/errors.h"
#include "tests/support/fake_clock.h"

namespace certconnector::keys {
namespace {

TEST(MachineStore, IsOfWindowsAlone) {
  const auto opened = open_from_store(StoreOwner::machine, {ChosenBy::subject, "CN=agent"},
                                      certconnector::testing::FakeClock::kStart);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), error_code(KeysErrc::unsupported));
  EXPECT_EQ(opened.error().kind(), ErrorKind::permanent);
}

}  // namespace
}  // namespace certconnector::keys
