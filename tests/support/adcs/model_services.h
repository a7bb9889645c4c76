// The port to AD CS on the model, without COM between them.
#pragma once

#include <memory>

#include "tests/support/adcs/adcs_model.h"

namespace certconnector::ca::testing {

// The model outlives it.
[[nodiscard]] std::unique_ptr<CertificateServices> services_of(AdcsModel& model);

}  // namespace certconnector::ca::testing
