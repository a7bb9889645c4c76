#include "agent/platform/process_environment.h"

#include <cerrno>
#include <cstdlib>

#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {

Status leave_out_system_trust_store() {
  // The names are those of X509_get_default_cert_file_env() and X509_get_default_cert_dir_env().
  for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    if (::setenv(name, "/dev/null", 1) != 0) {
      return system_error(errno, "set the environment variable " + std::string(name));
    }
  }
  return {};
}

}  // namespace certconnector::platform
