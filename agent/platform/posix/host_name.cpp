#include "agent/platform/host_name.h"

#include <unistd.h>

#include <array>

namespace certconnector::platform {

std::string host_name() {
  // The last octet stays 0: a name that is cut off need not end with one.
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return {};
  return buffer.data();
}

}  // namespace certconnector::platform
