#include "agent/doctor/windows_server.h"

namespace certconnector::doctor {

std::shared_ptr<const WindowsServer> windows_server(std::uint16_t /*http_port*/) { return nullptr; }

}  // namespace certconnector::doctor
