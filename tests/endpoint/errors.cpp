#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {

ErrorCode error_code(EndpointErrc errc) {
  switch (errc) {
    case EndpointErrc::storage:
      return {"endpoint", "storage"};
    case EndpointErrc::conflict:
      return {"endpoint", "conflict"};
    case EndpointErrc::malformed:
      return {"endpoint", "malformed"};
    case EndpointErrc::refused:
      return {"endpoint", "refused"};
    case EndpointErrc::crypto:
      return {"endpoint", "crypto"};
    case EndpointErrc::network:
      return {"endpoint", "network"};
  }
  return {"endpoint", "unknown"};
}

}  // namespace certconnector::endpoint
