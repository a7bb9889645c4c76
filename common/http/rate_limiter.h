// How many requests one client may send.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/time/clock.h"

namespace certconnector::http {

struct RateLimit {
  std::size_t requests = 60;  // in `per`, in the long run
  Duration per{60000};
  std::size_t burst = 20;            // at once, after a pause
  std::size_t max_clients = 100000;  // remembered; then the one seen longest ago is forgotten
};

// A token bucket for each IPv4 address and each IPv6 /64. Thread-safe. About 200 octets a client.
class RateLimiter {
 public:
  // Zero in `limit` counts as one.
  explicit RateLimiter(const RateLimit& limit);

  // Takes a token, if there is one. `address` as Request::peer or client_address() gives it; `now`
  // from Clock::now().
  [[nodiscard]] bool allow(const std::string& address, Timestamp now);
  // Takes a token for what has happened already, there or not: what goes beyond the burst is owed,
  // up to a second whole burst, and comes first when tokens come back.
  void record(const std::string& address, Timestamp now);
  // Whether allow() would say yes now; takes nothing.
  [[nodiscard]] bool would_allow(const std::string& address, Timestamp now) const;
  // After allow() said no: true for the first no since the client's bucket was full. Only that one
  // belongs in the log.
  [[nodiscard]] bool is_first_refusal(const std::string& address);
  // For Retry-After: until allow() can say yes, rounded up, at least one second.
  [[nodiscard]] std::chrono::seconds retry_after(const std::string& address, Timestamp now) const;

 private:
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
  // `full` is when the bucket is full again: all that there is to know about it.
  struct Client {
    std::string key;
    Time full;
    bool refusal_told = false;
  };
  using Clients = std::list<Client>;

  [[nodiscard]] Time next_token(Time full) const { return full - interval_ * (burst_ - 1); }
  Clients::iterator touch(std::string key);

  const std::chrono::microseconds interval_;  // between tokens
  const std::int64_t burst_;
  const std::size_t max_clients_;
  mutable std::mutex mutex_;
  Clients clients_;  // the one seen last first
  std::unordered_map<std::string, Clients::iterator> by_key_;
};

}  // namespace certconnector::http
