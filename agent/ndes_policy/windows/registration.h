// How Windows and NDES find the module. For administrators.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::ndes_policy {

// The class, the source of events, the folder of spool and log, and the module as that of NDES. The
// one that NDES had is kept for unregister_module().
[[nodiscard]] Status register_module(const std::string& dll);
// NDES has the former module again, unless it has another one than ours by now. Settings and data
// stay.
[[nodiscard]] Status unregister_module();

}  // namespace certconnector::ndes_policy
