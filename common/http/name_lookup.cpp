#include "common/http/name_lookup.h"

#include <utility>

#include "common/http/server.h"

namespace certconnector::http {
namespace {

constexpr int kShare = 4;  // of the time, for a look-up that an earlier one can stand for

}  // namespace

NameLookup::NameLookup(std::string address, std::uint16_t port, Resolve resolve)
    : address_(std::move(address)),
      port_(port),
      resolve_(std::move(resolve)),
      of_ip_(endpoints_of_ip(address_, port_)) {}

NameLookup::~NameLookup() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<Endpoints> NameLookup::endpoints(const ExchangeLimits& limits) {
  if (of_ip_) return *of_ip_;
  const auto stopped = limits.stop.on_stop([this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  wanted_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_all();
  const bool answered = wait(lock, limits);
  if (limits.stop.stop_requested()) {
    return Error(HttpErrc::no_answer, ErrorKind::transient, "the agent stops");
  }
  if (last_good_) return *last_good_;
  if (answered && failure_) return *failure_;
  return Error(HttpErrc::no_answer, ErrorKind::transient,
               "looking up " + address_ + ": no answer in time");
}

// False: there was no answer in time.
bool NameLookup::wait(std::unique_lock<std::mutex>& lock, const ExchangeLimits& limits) {
  auto until = limits.deadline;
  const auto now = std::chrono::steady_clock::now();
  if (last_good_ && until > now) until = now + (until - now) / kShare;
  return changed_.wait_until(lock, until, [this, &limits, before = answers_] {
    return answers_ != before || limits.stop.stop_requested();
  });
}

void NameLookup::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return wanted_ || closing_; });
    if (closing_) return;
    wanted_ = false;
    lock.unlock();
    auto found = resolve_(address_, port_);
    lock.lock();
    ++answers_;
    if (found.ok()) {
      failure_.reset();
      last_good_ = *std::move(found);
    } else {
      failure_ = found.error();
    }
    changed_.notify_all();
  }
}

}  // namespace certconnector::http
