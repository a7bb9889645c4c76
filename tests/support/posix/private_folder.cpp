#include "tests/support/private_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace certconnector::testing {

std::filesystem::path make_private_folder() {
  // The agent refuses files that others may write, as a person's umask of 002 makes them.
  ::umask(S_IWGRP | S_IWOTH);
  std::string name =
      (std::filesystem::temp_directory_path() / "certconnector-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "making a temporary directory");
  }
  return name;
}

}  // namespace certconnector::testing
