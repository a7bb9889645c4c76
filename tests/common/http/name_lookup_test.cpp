#include "common/http/name_lookup.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "common/http/server.h"

namespace certconnector::http::testing {
namespace {

constexpr Duration kLookupPatience{10000};
constexpr Duration kLookupSoon{30};
constexpr std::uint16_t kPort = 8444;

ExchangeLimits within(Duration time, const StopToken& stop = {}) {
  return limits_from_now({time, 1024, stop});
}

Endpoints some_endpoints() { return *endpoints_of_ip("192.0.2.1", kPort); }

std::string first_of(const Result<Endpoints>& found) {
  return found.ok() ? found->begin()->endpoint().address().to_string() : found.error().message();
}

TEST(NameLookup, AnIpAddressNeedsNone) {
  NameLookup lookup("192.0.2.7", kPort, [](const std::string&, std::uint16_t) -> Result<Endpoints> {
    ADD_FAILURE() << "it was looked up";
    return some_endpoints();
  });
  EXPECT_EQ(first_of(lookup.endpoints(within(kLookupPatience))), "192.0.2.7");
}

TEST(NameLookup, TheLastAnswerStandsWhereTheNextOneFails) {
  int asked = 0;
  NameLookup lookup("ndes.test", kPort, [&](const std::string& name, std::uint16_t port) {
    EXPECT_EQ(name, "ndes.test");
    EXPECT_EQ(port, kPort);
    return ++asked == 2 ? Result<Endpoints>(some_endpoints())
                        : Error(HttpErrc::no_answer, ErrorKind::transient, "no such name");
  });
  EXPECT_EQ(first_of(lookup.endpoints(within(kLookupPatience))), "no such name");
  EXPECT_EQ(first_of(lookup.endpoints(within(kLookupPatience))), "192.0.2.1");
  EXPECT_EQ(first_of(lookup.endpoints(within(kLookupPatience))), "192.0.2.1");
  EXPECT_EQ(asked, 3);
}

// A system that answers when it is let to.
class HeldUp {
 public:
  Result<Endpoints> operator()() const {
    if (hold_) wait_.wait();
    return some_endpoints();
  }
  void hold() { hold_ = true; }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> let_go_;
  const std::shared_future<void> wait_ = let_go_.get_future().share();
  std::atomic<bool> hold_{false};
};

class HeldUpLookup : public ::testing::Test {
 protected:
  void TearDown() override { system_.let_go(); }

  HeldUp system_;
  NameLookup lookup_{"ndes.test", kPort,
                     [this](const std::string&, std::uint16_t) { return system_(); }};
};

TEST_F(HeldUpLookup, NobodyWaitsForTheSystem) {
  system_.hold();
  const auto found = lookup_.endpoints(within(kLookupSoon));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), error_code(HttpErrc::no_answer));
  EXPECT_EQ(found.error().kind(), ErrorKind::transient);
  EXPECT_EQ(found.error().message(), "looking up ndes.test: no answer in time");
}

TEST_F(HeldUpLookup, TheLastAnswerStandsMeanwhile) {
  ASSERT_TRUE(lookup_.endpoints(within(kLookupPatience)).ok());
  system_.hold();
  const ExchangeLimits limits = within(kLookupSoon * 4);
  EXPECT_EQ(first_of(lookup_.endpoints(limits)), "192.0.2.1");
}

TEST_F(HeldUpLookup, AStopEndsTheWait) {
  system_.hold();
  StopSource stopping;
  std::thread stopper([&] { stopping.request_stop(); });
  EXPECT_EQ(first_of(lookup_.endpoints(within(kLookupPatience, stopping.token()))),
            "the agent stops");
  stopper.join();
}

}  // namespace
}  // namespace certconnector::http::testing
