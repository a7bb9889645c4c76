// A limit for each client that can change, or be off, while it is in force; the log names the
// clients that meet it.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/http/message.h"
#include "common/http/rate_limiter.h"
#include "common/log/log.h"
#include "common/runtime/client_limit.h"
#include "common/time/clock.h"

namespace certconnector::http {

// The log line for a client that meets its limit. The next one follows only after the client has
// been quiet until its whole limit is free again.
struct LimitNotice {
  std::string event;
  std::string text;
};

// Off at first.
class ClientLimit final : public runtime::ClientLimit {
 public:
  // `clock` and `log` outlive it.
  ClientLimit(LimitNotice notice, const Clock& clock, log::Logger& log);

  // At most `count` in `per`, also all at once; 0: no limit. The counts stay when neither value
  // changes.
  void set(std::size_t count, Duration per);

  [[nodiscard]] std::optional<std::chrono::seconds> take(const std::string& client) override;
  [[nodiscard]] std::optional<std::chrono::seconds> look(const std::string& client) override;
  // Requests beyond the limit count as a debt: many that looked at the same moment and are counted
  // later shut the client out for longer, up to about a whole period.
  void count(const std::string& client) override;

 private:
  [[nodiscard]] std::shared_ptr<RateLimiter> limiter() const;
  [[nodiscard]] std::chrono::seconds refuse(RateLimiter& limiter, const std::string& client,
                                            Timestamp now);

  const LimitNotice notice_;
  const Clock& clock_;
  log::Logger& log_;
  mutable std::mutex mutex_;
  std::size_t count_ = 0;
  Duration per_{0};
  std::shared_ptr<RateLimiter> limiter_;  // null: no limit
};

// 429 with Retry-After.
[[nodiscard]] Response too_many_requests(std::chrono::seconds retry_after);

}  // namespace certconnector::http
