#include "agent/app/ca_backends.h"

#include "agent/ca/adcs/adcs_backend.h"
#include "agent/ca/exec/exec_backend.h"
#include "agent/ca/local/local_backend.h"

namespace certconnector::app {

const ca::Backends& ca_backends() {
  static const ca::Backends backends{ca::local_backend(), ca::exec_backend(), ca::adcs_backend()};
  return backends;
}

}  // namespace certconnector::app
