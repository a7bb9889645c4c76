#include "agent/enrollment/refusal_quota.h"

#include <chrono>

namespace certconnector::enrollment {
namespace {

constexpr std::chrono::hours kPer{1};
constexpr char kEverybody[] = "all clients";

}  // namespace

RefusalQuota::RefusalQuota(const RefusalQuotaSettings& settings, const std::string& event,
                           const Clock& clock, log::Logger& log)
    : of_a_client_({event,
                    "A client is refused so often without having shown a right that its refusals "
                    "stand in this log alone for a while; `certconnector scep explain` does not "
                    "know them, and they are not reported."},
                   clock, log),
      of_all_({event,
               "So many requests are refused without having shown a right that these refusals "
               "stand in this log alone for a while; `certconnector scep explain` does not know "
               "them, and they are not reported. Look who sends them; [http] requests_per_minute "
               "slows the clients of SCEP services."},
              clock, log) {
  of_a_client_.set(settings.of_a_client, kPer);
  of_all_.set(settings.of_all, kPer);
}

// One client that has used up its own takes nothing from the others.
bool RefusalQuota::take(const std::string& client) {
  return !of_a_client_.take(client) && !of_all_.take(kEverybody);
}

}  // namespace certconnector::enrollment
