#include "common/time/stop.h"

#include <atomic>
#include <map>
#include <utility>

namespace certconnector {
namespace detail {

// Callbacks run under the lock, which is what lets remove() promise that none is running
// afterwards. stopped() takes no lock: a waiter asks under the lock that its callback takes.
class StopState {
 public:
  [[nodiscard]] bool stopped() const { return stopped_; }

  void stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    for (auto& [id, callback] : callbacks_) callback();
    callbacks_.clear();
  }

  std::uint64_t add(std::function<void()> callback) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) {
      callback();
      return 0;
    }
    callbacks_.emplace(++last_id_, std::move(callback));
    return last_id_;
  }

  void remove(std::uint64_t id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    callbacks_.erase(id);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> stopped_{false};
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::function<void()>> callbacks_;
};

}  // namespace detail

StopCallback& StopCallback::operator=(StopCallback&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(id_, other.id_);
  return *this;
}

StopCallback::~StopCallback() {
  if (state_) state_->remove(id_);
}

bool StopToken::stop_requested() const { return state_ && state_->stopped(); }

StopCallback StopToken::on_stop(std::function<void()> callback) const {
  if (!state_) return {};
  const std::uint64_t id = state_->add(std::move(callback));
  return {state_, id};
}

StopSource::StopSource() : state_(std::make_shared<detail::StopState>()) {}

void StopSource::request_stop() { state_->stop(); }

void Wakeup::notify() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    notified_ = true;
  }
  changed_.notify_all();
}

bool Wakeup::wait(Duration limit, const StopToken& stop) {
  const StopCallback wake = stop.on_stop([this] { notify(); });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return notified_; });
  return std::exchange(notified_, false);
}

}  // namespace certconnector
