#include "common/http/client_limit.h"

#include <utility>

namespace certconnector::http {

ClientLimit::ClientLimit(LimitNotice notice, const Clock& clock, log::Logger& log)
    : notice_(std::move(notice)), clock_(clock), log_(log) {}

void ClientLimit::set(std::size_t count, Duration per) {
  const std::lock_guard lock(mutex_);
  if (count == count_ && per == per_) return;
  count_ = count;
  per_ = per;
  limiter_.reset();
  if (count == 0) return;
  RateLimit limit;
  limit.requests = count;
  limit.per = per;
  limit.burst = count;
  limiter_ = std::make_shared<RateLimiter>(limit);
}

std::optional<std::chrono::seconds> ClientLimit::take(const std::string& client) {
  const auto limiter = this->limiter();
  const Timestamp now = clock_.now();
  if (!limiter || limiter->allow(client, now)) return std::nullopt;
  return refuse(*limiter, client, now);
}

std::optional<std::chrono::seconds> ClientLimit::look(const std::string& client) {
  const auto limiter = this->limiter();
  const Timestamp now = clock_.now();
  if (!limiter || limiter->would_allow(client, now)) return std::nullopt;
  return refuse(*limiter, client, now);
}

void ClientLimit::count(const std::string& client) {
  if (const auto limiter = this->limiter()) limiter->record(client, clock_.now());
}

std::shared_ptr<RateLimiter> ClientLimit::limiter() const {
  const std::lock_guard lock(mutex_);
  return limiter_;
}

std::chrono::seconds ClientLimit::refuse(RateLimiter& limiter, const std::string& client,
                                         Timestamp now) {
  const std::chrono::seconds wait = limiter.retry_after(client, now);
  if (limiter.is_first_refusal(client)) {
    log_.warning(notice_.event, notice_.text, {{"client", client}, {"seconds", wait.count()}});
  }
  return wait;
}

Response too_many_requests(std::chrono::seconds retry_after) {
  const std::string seconds = std::to_string(retry_after.count());
  Response response =
      text_response(429, "too many requests from this address; come again in " + seconds + " s");
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

}  // namespace certconnector::http
