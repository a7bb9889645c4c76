#include "agent/platform/host_name.h"

#include <windows.h>

#include <array>

#include "agent/platform/windows/wide.h"

namespace certconnector::platform {

std::string host_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(name.size());
  if (::GetComputerNameExW(ComputerNameDnsHostname, name.data(), &size) == 0) return {};
  return narrow({name.data(), size});
}

}  // namespace certconnector::platform
