#include "agent/platform/process_environment.h"

#include <cstdlib>
#include <string>

#include "agent/platform/errors.h"

namespace certconnector::platform {

Status leave_out_system_trust_store() {
  // The names are those of X509_get_default_cert_file_env() and X509_get_default_cert_dir_env().
  for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    if (::_putenv_s(name, "NUL") != 0) {
      return Error(PlatformErrc::input_output, ErrorKind::permanent,
                   "cannot set the environment variable " + std::string(name));
    }
  }
  return {};
}

}  // namespace certconnector::platform
