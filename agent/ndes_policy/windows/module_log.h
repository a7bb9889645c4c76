// Where the module writes: a file, and Windows' log Application.
#pragma once

#include <memory>
#include <string>

#include "common/log/log.h"

namespace certconnector::ndes_policy {

inline constexpr const wchar_t* kModuleEventSource = L"CertificateConnectorNdes";

// Warnings and errors are events too. Where the file cannot be opened, an event says so, and the
// events are all.
[[nodiscard]] std::unique_ptr<log::Logger> make_module_log(const std::string& file);

}  // namespace certconnector::ndes_policy
