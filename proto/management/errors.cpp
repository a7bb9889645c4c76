#include "proto/management/codec.h"

namespace certconnector::management {

ErrorCode error_code(ManagementErrc errc) {
  switch (errc) {
    case ManagementErrc::not_what_was_asked:
      return {"management", "not_what_was_asked"};
    case ManagementErrc::bad_token:
      return {"management", "bad_token"};
    case ManagementErrc::bad_url:
      return {"management", "bad_url"};
  }
  return {"management", "unknown"};
}

}  // namespace certconnector::management
