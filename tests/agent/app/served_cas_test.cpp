// CAs that keep the agent waiting for what it opens them with.
#include "agent/app/served_cas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "agent/app/errors.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/agent/app/bare_backend.h"
#include "tests/support/core/silent_ca.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Where the fetches wait until so many are under way, or the agent stops.
class Meeting {
 public:
  explicit Meeting(int wanted) : wanted_(wanted) {}

  Status attend(const StopToken& stop) {
    const StopCallback wake = stop.on_stop([this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      changed_.notify_all();
    });
    std::unique_lock<std::mutex> lock(mutex_);
    ++here_;
    changed_.notify_all();
    const auto over = [&] { return here_ >= wanted_ || stop.stop_requested(); };
    changed_.wait_for(lock, std::chrono::seconds(10), over);
    if (here_ >= wanted_) return {};
    return Error(AppErrc::unusable_ca, ErrorKind::transient,
                 stop.stop_requested() ? "the agent stops" : "alone");
  }

 private:
  const int wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int here_ = 0;
};

// A backend's functions have no state: the test's meeting stands here.
std::unique_ptr<Meeting>& the_meeting() {
  static std::unique_ptr<Meeting> meeting;
  return meeting;
}

ca::Backend slow_backend() {
  ca::Backend backend = bare_backend(
      "slow", [](const ca::CaSection& section, const ca::CaBackendParts&) -> Result<core::CaPorts> {
        core::CaPorts ports;
        ports.ca = std::make_shared<certconnector::testing::SilentCa>(section.name, true);
        ports.batch = 1;
        return ports;
      });
  backend.fetch = [](const ca::CaSection&, const ca::CaBackendParts& parts) {
    return the_meeting()->attend(parts.stop);
  };
  return backend;
}

class CasThatWait : public ::testing::Test {
 protected:
  CasThatWait() { site_.backends.push_back(slow_backend()); }

  Site site_;
  const std::string sections_ =
      "[ca.one]\nbackend = slow\n[ca.two]\nbackend = slow\n[ca.three]\nbackend = slow\n";
};

TEST_F(CasThatWait, AreFetchedSideBySide) {
  the_meeting() = std::make_unique<Meeting>(3);
  RunningAgent agent(site_, sections_);
  const auto cas = agent.status().cas;
  ASSERT_THAT(cas, SizeIs(3));
  for (const control::CaView& ca : cas)
    EXPECT_FALSE(ca.description.fingerprint.empty()) << ca.message;
}

TEST_F(CasThatWait, EndWithTheAgent) {
  the_meeting() = std::make_unique<Meeting>(1);
  RunningAgent agent(site_, sections_);
  the_meeting() = std::make_unique<Meeting>(4);
  agent->begin_stop();
  agent->reload(agent->settings());
  for (const control::CaView& ca : agent.status().cas) {
    EXPECT_THAT(ca.message, HasSubstr("the agent stops"));
  }
}

}  // namespace
}  // namespace certconnector::app
