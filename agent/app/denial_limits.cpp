#include "agent/app/denial_limits.h"

namespace certconnector::app {

DenialLimits::DenialLimits(const std::string& event, const Clock& clock, log::Logger& logger)
    : of_a_client_({event,
                    "A client is refused so often without having shown a right that its refusals "
                    "stand in this log alone for a while; `certconnector scep explain` does not "
                    "know them, and they are not reported."},
                   clock, logger),
      of_all_({event,
               "So many requests are refused without having shown a right that these refusals "
               "stand in this log alone for a while; `certconnector scep explain` does not know "
               "them, and they are not reported. Look who sends them; [http] requests_per_minute "
               "slows the clients of SCEP services."},
              clock, logger) {
  const enrollment::DenialQuotaSettings settings;
  of_a_client_.set(settings.of_a_client, enrollment::kDenialQuotaPeriod);
  of_all_.set(settings.of_all, enrollment::kDenialQuotaPeriod);
}

}  // namespace certconnector::app
