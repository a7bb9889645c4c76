#pragma once

#include <windows.h>
#include <winsvc.h>

#include <memory>

namespace certconnector::platform {

struct CloseService {
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
// Of the service control manager, or of one service. Null: GetLastError() says why.
using ServiceHandle = std::unique_ptr<SC_HANDLE__, CloseService>;

}  // namespace certconnector::platform
