#include "common/net/exchange.h"

namespace certconnector::net {

void Exchange::headers(HttpsAnswer head) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answer_ = std::move(head);
}

void Exchange::answered(std::string body) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_.body = std::move(body);
  }
  settle(End::answered);
}

void Exchange::failed(ExchangeFailure failure) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::move(failure);
  }
  settle(End::failed);
}

void Exchange::end(End how) { settle(how); }

void Exchange::closed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

Exchange::End Exchange::wait_until(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_until(lock, deadline, [this] { return end_ != End::none; });
  if (end_ == End::none) end_ = End::timed_out;
  return end_;
}

bool Exchange::wait_closed(std::chrono::milliseconds limit) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return closed_; });
}

HttpsAnswer Exchange::take_answer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(answer_);
}

ExchangeFailure Exchange::failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

void Exchange::settle(End how) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (end_ == End::none) end_ = how;
  changed_.notify_all();
}

}  // namespace certconnector::net
