// How many denials become jobs when the client showed no credential. Otherwise invented messages
// could fill the disk and the outbox. The log has every denial.
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

  // Whether to keep one more denial of this client; counts it. `client` as in Request::peer.
  [[nodiscard]] bool take(const std::string& client);

 private:
  runtime::ClientLimit& of_a_client_;
  runtime::ClientLimit& of_all_;
};

}  // namespace certconnector::enrollment
