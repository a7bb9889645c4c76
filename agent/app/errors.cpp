#include "agent/app/errors.h"

namespace certconnector::app {

ErrorCode error_code(AppErrc errc) {
  switch (errc) {
    case AppErrc::not_enrolled:
      return {"app", "not_enrolled"};
    case AppErrc::already_enrolled:
      return {"app", "already_enrolled"};
    case AppErrc::not_renewable:
      return {"app", "not_renewable"};
    case AppErrc::bad_identity:
      return {"app", "bad_identity"};
    case AppErrc::unknown_ca:
      return {"app", "unknown_ca"};
    case AppErrc::not_set_up:
      return {"app", "not_set_up"};
    case AppErrc::unusable_ca:
      return {"app", "ca_unusable"};
    case AppErrc::no_crl:
      return {"app", "no_crl"};
    case AppErrc::bad_backup:
      return {"app", "bad_backup"};
    case AppErrc::would_overwrite:
      return {"app", "would_overwrite"};
    case AppErrc::stopping:
      return {"app", "stopping"};
  }
  return {"app", "unknown"};
}

}  // namespace certconnector::app
