#include "tests/support/private_folder.h"

#include <windows.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "agent/platform/files.h"

namespace certconnector::testing {

std::filesystem::path make_private_folder() {
  static std::atomic<unsigned> made{0};
  const std::string name = "certconnector-test-" + std::to_string(::GetCurrentProcessId()) + "-" +
                           std::to_string(::GetTickCount64()) + "-" + std::to_string(++made);
  std::filesystem::path path = std::filesystem::temp_directory_path() / name;
  const auto done = platform::make_new_folder(path.u8string());
  if (!done.ok()) throw std::runtime_error(done.error().message());
  return path;
}

}  // namespace certconnector::testing
