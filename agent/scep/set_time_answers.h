// Answers that go out at a set time after their message came, so that the time tells nothing of
// what the agent found in it. One thread sends them all; no worker waits for one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "common/http/message.h"

namespace certconnector::scep {

// Thread-safe. Not by the clock port: its milliseconds would show the time of the work in the time
// of the answer.
class SetTimeAnswers {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Longer than all work before an answer takes on a machine that is not overloaded.
  static constexpr std::chrono::milliseconds kAfter{100};
  // A worker that found such a message takes the next one at a multiple of this, so that the next
  // message does not feel the end of the work. Longer than the work takes, and short, since
  // strangers cause it.
  static constexpr std::chrono::milliseconds kTurn{5};
  // kAfter after `arrived`; if that is over, the next multiple.
  [[nodiscard]] static Time due_at(Time arrived, Time now);
  // kTurn after `begun`; if that is over, the next multiple.
  [[nodiscard]] static Time turn_ends(Time begun, Time now);

  SetTimeAnswers() = default;
  ~SetTimeAnswers() { close(); }
  SetTimeAnswers(const SetTimeAnswers&) = delete;
  SetTimeAnswers& operator=(const SetTimeAnswers&) = delete;

  // Once. Before it, nothing goes out.
  void start();
  void add(http::Reply reply, http::Response response, Time due);
  // Returns at turn_ends(), or when this closes.
  void finish_turn(Time begun);
  // Sends what is due, as the thread does.
  void send_until(Time now);
  // Sends everything now, and ends the thread. Later answers go at once.
  void close();

 private:
  struct Held {
    Time due;
    http::Reply reply;
    http::Response response;
  };
  void run();
  [[nodiscard]] std::vector<Held> take_until(Time now);  // under the mutex

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable closing_;
  std::vector<Held> held_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace certconnector::scep
