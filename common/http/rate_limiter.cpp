#include "common/http/rate_limiter.h"

#include <algorithm>
#include <utility>

#include "common/http/client_address.h"

namespace certconnector::http {
namespace {

std::chrono::microseconds interval_of(const RateLimit& limit) {
  const auto requests = static_cast<std::int64_t>(std::max<std::size_t>(limit.requests, 1));
  return std::max(std::chrono::microseconds(limit.per) / requests, std::chrono::microseconds(1));
}

}  // namespace

RateLimiter::RateLimiter(const RateLimit& limit)
    : interval_(interval_of(limit)),
      burst_(static_cast<std::int64_t>(std::max<std::size_t>(limit.burst, 1))),
      max_clients_(std::max<std::size_t>(limit.max_clients, 1)) {}

bool RateLimiter::allow(const std::string& address, Timestamp now) {
  const std::lock_guard lock(mutex_);
  const auto client = touch(limit_key(address));
  if (client->full <= now) client->refusal_told = false;
  if (next_token(client->full) > now) return false;
  client->full = std::max<Time>(client->full, now) + interval_;
  return true;
}

void RateLimiter::record(const std::string& address, Timestamp now) {
  const std::lock_guard lock(mutex_);
  const auto client = touch(limit_key(address));
  if (client->full <= now) client->refusal_told = false;
  const Time most = Time(now) + interval_ * (2 * burst_);
  client->full = std::min(std::max<Time>(client->full, now) + interval_, most);
}

bool RateLimiter::would_allow(const std::string& address, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(limit_key(address));
  return found == by_key_.end() || next_token(found->second->full) <= now;
}

bool RateLimiter::is_first_refusal(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(limit_key(address));
  return found != by_key_.end() && !std::exchange(found->second->refusal_told, true);
}

std::chrono::seconds RateLimiter::retry_after(const std::string& address, Timestamp now) const {
  constexpr std::chrono::seconds kLeast(1);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(limit_key(address));
  if (found == by_key_.end()) return kLeast;
  const auto wait = next_token(found->second->full) - now;
  return std::max(kLeast, std::chrono::ceil<std::chrono::seconds>(wait));
}

RateLimiter::Clients::iterator RateLimiter::touch(std::string key) {
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    clients_.splice(clients_.begin(), clients_, known->second);
    return known->second;
  }
  if (clients_.size() >= max_clients_) {
    by_key_.erase(clients_.back().key);
    clients_.pop_back();
  }
  clients_.push_front({key, Time(), false});
  by_key_.emplace(std::move(key), clients_.begin());
  return clients_.begin();
}

}  // namespace certconnector::http
