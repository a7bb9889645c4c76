// The agent in Windows' list of services. For administrators.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

struct ServiceSetUp {
  std::string program;  // absolute
  std::string configuration_file;
  std::string
      account;  // "DOMAIN\\user", "DOMAIN\\managed$"; empty: the one that Windows makes for it
  std::string password;  // of a user's account
};

// Enters the service: automatic start, delayed; started again after a failure, with an exit code as
// well; a minute to stop when Windows shuts down. Makes its folders with their users, and the
// source of its events. Starts nothing. A service that is there gets the new settings. Errors:
// not_permitted, input_output.
[[nodiscard]] Status install_service(const ServiceSetUp& set_up);

// Stops it, waits, and removes it; its files stay. Errors: not_found as well.
[[nodiscard]] Status uninstall_service();

}  // namespace certconnector::platform
