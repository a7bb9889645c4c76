#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "tests/agent/ca/local_ca_fixture.h"

namespace certconnector::ca::testing {
namespace {

class CrlPriority : public LocalCaFixture {};

TEST_F(CrlPriority, IsMadeAtALowPriority) {
  start();
  int nice = -100;
  auto with_look = parts();
  with_look.crl_published = [&](const std::string&, const SharedBytes&) {
    nice = getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
  };
  ca_ = LocalCa::open(settings_, with_look).value();
  ASSERT_TRUE(ca_->publish_now().ok());
  EXPECT_EQ(nice, std::max(10, getpriority(PRIO_PROCESS, 0)));
}

}  // namespace
}  // namespace certconnector::ca::testing
