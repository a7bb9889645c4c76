// Looks a name up for threads that wait no longer than they want to.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/http/client_connection.h"

namespace certconnector::http {

// Thread-safe. The thread that asks the system begins with the first look-up of a name; an IP
// address needs none.
class NameLookup {
 public:
  using Resolve = std::function<Result<Endpoints>(const std::string& address, std::uint16_t port)>;

  NameLookup(std::string address, std::uint16_t port, Resolve resolve = http::resolve);
  // Waits for the look-up that is under way, as long as the system takes for it.
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  // The system's answer. Where it has none, or takes more than a quarter of the time that is left,
  // its last answer. Errors: no_answer.
  [[nodiscard]] Result<Endpoints> endpoints(const ExchangeLimits& limits);

 private:
  void run();
  [[nodiscard]] bool wait(std::unique_lock<std::mutex>& lock, const ExchangeLimits& limits);

  const std::string address_;
  const std::uint16_t port_;
  const Resolve resolve_;
  const std::optional<Endpoints> of_ip_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool closing_ = false;
  std::uint64_t answers_ = 0;
  std::optional<Error> failure_;  // of the last answer
  std::optional<Endpoints> last_good_;
  std::thread thread_;
};

}  // namespace certconnector::http
