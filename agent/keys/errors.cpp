#include "agent/keys/errors.h"

namespace certconnector::keys {

ErrorCode error_code(KeysErrc errc) {
  switch (errc) {
    case KeysErrc::malformed:
      return {"keys", "malformed"};
    case KeysErrc::not_found:
      return {"keys", "not_found"};
    case KeysErrc::no_key:
      return {"keys", "no_key"};
    case KeysErrc::unsupported:
      return {"keys", "unsupported"};
  }
  return {"keys", "unknown"};
}

}  // namespace certconnector::keys
