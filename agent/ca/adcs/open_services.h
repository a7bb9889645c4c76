// The services of AD CS as this platform has them.
#pragma once

#include <memory>
#include <string>

#include "agent/ca/adcs/certificate_services.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// Asks nobody. The clock outlives the services. Errors, permanent: this platform has none.
[[nodiscard]] Result<std::unique_ptr<CertificateServices>> open_services(
    const std::string& config_string, const Clock& clock);

}  // namespace certconnector::ca
