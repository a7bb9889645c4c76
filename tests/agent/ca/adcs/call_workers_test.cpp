#include "agent/ca/adcs/call_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace certconnector::ca {
namespace {

class NoTools final : public WorkerTools {
 public:
  explicit NoTools(std::shared_ptr<std::atomic<int>> open) : open_(std::move(open)) { ++*open_; }
  ~NoTools() override { --*open_; }

 private:
  const std::shared_ptr<std::atomic<int>> open_;
};

class CallWorkersTest : public ::testing::Test {
 protected:
  CallWorkers::Open open() {
    return [tools = tools_] { return std::make_unique<NoTools>(tools); };
  }
  // A call that goes on until the test lets it end.
  CallWorkers::Work hanging(const std::shared_ptr<std::promise<void>>& began = nullptr) {
    return [let = let_.get_future().share(), began](WorkerTools&) {
      if (began) began->set_value();
      let.wait();
    };
  }
  [[nodiscard]] core::CallContext over() const { return {clock_.now(), {}}; }

  SystemClock clock_;
  // Threads of calls that go on have it too.
  std::shared_ptr<std::atomic<int>> tools_ = std::make_shared<std::atomic<int>>(0);
  std::promise<void> let_;
};

TEST_F(CallWorkersTest, DoCallsOnThreadsThatTheyKeep) {
  CallWorkers workers(open(), 4, clock_);
  for (int call = 0; call < 3; ++call) {
    const auto done = std::make_shared<bool>(false);
    EXPECT_EQ(workers.run([done](WorkerTools&) { *done = true; }, {}), CallEnd::done);
    EXPECT_TRUE(*done);
  }
  EXPECT_EQ(*tools_, 1);
}

TEST_F(CallWorkersTest, ACallPastItsDeadlineGoesOnWithoutItsCaller) {
  auto workers = std::make_unique<CallWorkers>(open(), 2, clock_);
  const auto began = std::make_shared<std::promise<void>>();
  const auto work = hanging(began);
  StopSource stop;
  auto first = std::async(std::launch::async, [&] {
    return workers->run(work, {Timestamp::max(), stop.token()});
  });
  began->get_future().wait();
  stop.request_stop();
  EXPECT_EQ(first.get(), CallEnd::gave_up);
  EXPECT_EQ(workers->run([](WorkerTools&) {}, {}), CallEnd::done) << "another thread is free";
  workers.reset();
  let_.set_value();
}

TEST_F(CallWorkersTest, BeginNoMoreThanThereMayBe) {
  CallWorkers workers(open(), 1, clock_);
  const auto began = std::make_shared<std::promise<void>>();
  const auto work = hanging(began);
  StopSource stop;
  auto first = std::async(std::launch::async, [&] {
    return workers.run(work, {Timestamp::max(), stop.token()});
  });
  began->get_future().wait();
  EXPECT_EQ(workers.run([](WorkerTools&) {}, {}), CallEnd::not_begun);
  let_.set_value();
  EXPECT_EQ(first.get(), CallEnd::done);
  EXPECT_EQ(workers.run([](WorkerTools&) {}, {}), CallEnd::done);
}

TEST_F(CallWorkersTest, BeginNothingAfterTheStop) {
  CallWorkers workers(open(), 1, clock_);
  StopSource stop;
  stop.request_stop();
  EXPECT_EQ(workers.run([](WorkerTools&) { FAIL(); }, {Timestamp::max(), stop.token()}),
            CallEnd::not_begun);
}

}  // namespace
}  // namespace certconnector::ca
