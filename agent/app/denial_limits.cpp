#include "agent/app/denial_limits.h"

namespace certconnector::app {

DenialLimits::DenialLimits(const std::string& event, const Clock& clock, log::Logger& logger)
    : of_a_client_(
          {event,
           "The agent denied unauthorized requests of this client too often. For a while it "
           "writes its denials to this log alone: `certconnector scep explain` does not "
           "know them, and the agent does not report them."},
          clock, logger),
      of_all_({event,
               "The agent denied too many unauthorized requests. For a while it writes such "
               "denials to this log alone: `certconnector scep explain` does not know them, and "
               "the agent does not report them. Find the clients that send them; [http] "
               "requests_per_minute slows the clients of SCEP services."},
              clock, logger) {
  const enrollment::DenialQuotaSettings settings;
  of_a_client_.set(settings.of_a_client, enrollment::kDenialQuotaPeriod);
  of_all_.set(settings.of_all, enrollment::kDenialQuotaPeriod);
}

}  // namespace certconnector::app
