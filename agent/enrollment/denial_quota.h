// How many refusals are kept as jobs, where nobody has shown a right to anything: made-up messages
// could fill the disk and the outbox with them. The log has them all.
#pragma once

#include <chrono>
#include <string>

#include "common/runtime/client_limit.h"

namespace certconnector::enrollment {

// In kDenialQuotaPeriod.
struct DenialQuotaSettings {
  std::size_t of_a_client = 600;
  std::size_t of_all = 3000;
};
inline constexpr std::chrono::hours kDenialQuotaPeriod{1};

// Thread-safe.
class DenialQuota {
 public:
  // Both outlive it; they hold the counts.
  DenialQuota(runtime::ClientLimit& of_a_client, runtime::ClientLimit& of_all)
      : of_a_client_(of_a_client), of_all_(of_all) {}

  // Whether one more of this client is kept; counts it. `client` as Request::peer has it.
  [[nodiscard]] bool take(const std::string& client);

 private:
  runtime::ClientLimit& of_a_client_;
  runtime::ClientLimit& of_all_;
};

}  // namespace certconnector::enrollment
