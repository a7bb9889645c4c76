#include "agent/ca/adcs/open_services.h"

#include "agent/ca/ca_errors.h"

namespace certconnector::ca {

Result<std::unique_ptr<CertificateServices>> open_services(const std::string& /*config_string*/,
                                                           const Clock& /*clock*/) {
  return Error(CaErrc::unavailable, ErrorKind::permanent,
               "backend = adcs works on Windows alone; run the agent there, or use backend = exec "
               "with a helper that reaches the CA");
}

}  // namespace certconnector::ca
