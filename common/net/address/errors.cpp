#include "common/net/address/errors.h"

namespace certconnector::net {

ErrorCode error_code(AddressErrc errc) {
  switch (errc) {
    case AddressErrc::bad_url:
      return {"net", "bad_url"};
    case AddressErrc::bad_address:
      return {"net", "bad_address"};
    case AddressErrc::bad_network:
      return {"net", "bad_network"};
  }
  return {"net", "unknown"};
}

}  // namespace certconnector::net
