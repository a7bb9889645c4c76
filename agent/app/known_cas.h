// Embedded CAs by their files alone, without the database.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "agent/store/sqlite/salvage.h"

namespace certconnector::app {

// The certificate and the last CRL of each, where they can be read. `unreadable`: names of CAs
// whose CRL is there and cannot be read.
[[nodiscard]] std::vector<store::SalvageCa> read_known_cas(const config::Settings& settings,
                                                           std::vector<std::string>& unreadable);

}  // namespace certconnector::app
