#include "agent/scep/set_time_answers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace certconnector::scep {

namespace {

using Time = SetTimeAnswers::Time;

Time next_multiple(Time from, std::chrono::milliseconds step, Time now) {
  const auto past = (now - from) / std::chrono::steady_clock::duration(step);
  return from + step * (std::max<decltype(past)>(past, 0) + 1);
}

}  // namespace

Time SetTimeAnswers::due_at(Time arrived, Time now) { return next_multiple(arrived, kAfter, now); }

Time SetTimeAnswers::turn_ends(Time begun, Time now) { return next_multiple(begun, kTurn, now); }

void SetTimeAnswers::finish_turn(Time begun) {
  std::unique_lock lock(mutex_);
  closing_.wait_until(lock, turn_ends(begun, std::chrono::steady_clock::now()),
                      [this] { return closed_; });
}

void SetTimeAnswers::start() {
  thread_ = std::thread([this] { run(); });
}

void SetTimeAnswers::add(http::Reply reply, http::Response response, Time due) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      held_.push_back({due, std::move(reply), std::move(response)});
      changed_.notify_one();
      return;
    }
  }
  reply.send(std::move(response));
}

std::vector<SetTimeAnswers::Held> SetTimeAnswers::take_until(Time now) {
  const auto due = std::stable_partition(held_.begin(), held_.end(),
                                         [now](const Held& one) { return one.due > now; });
  std::vector<Held> taken(std::make_move_iterator(due), std::make_move_iterator(held_.end()));
  held_.erase(due, held_.end());
  return taken;
}

void SetTimeAnswers::send_until(Time now) {
  std::vector<Held> due;
  {
    const std::lock_guard lock(mutex_);
    due = take_until(now);
  }
  for (Held& one : due) one.reply.send(std::move(one.response));
}

void SetTimeAnswers::run() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    const auto first = std::min_element(held_.begin(), held_.end(),
                                        [](const Held& a, const Held& b) { return a.due < b.due; });
    if (first == held_.end()) {
      changed_.wait(lock);
      continue;
    }
    const Time until = first->due;
    if (std::chrono::steady_clock::now() < until) {
      changed_.wait_until(lock, until);
      continue;
    }
    lock.unlock();
    send_until(std::chrono::steady_clock::now());
    lock.lock();
  }
}

void SetTimeAnswers::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
    closing_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  send_until(Time::max());
}

}  // namespace certconnector::scep
