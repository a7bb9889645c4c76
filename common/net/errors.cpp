#include "common/net/errors.h"

namespace certconnector::net {

ErrorCode error_code(NetErrc errc) {
  switch (errc) {
    case NetErrc::unreachable:
      return {"net", "unreachable"};
    case NetErrc::unknown_host:
      return {"net", "unknown_host"};
    case NetErrc::proxy_unreachable:
      return {"net", "proxy_unreachable"};
    case NetErrc::not_tls:
      return {"net", "not_tls"};
    case NetErrc::reset:
      return {"net", "reset"};
    case NetErrc::timed_out:
      return {"net", "timed_out"};
    case NetErrc::stopped:
      return {"net", "stopped"};
    case NetErrc::untrusted:
      return {"net", "untrusted"};
    case NetErrc::certificate_expired:
      return {"net", "certificate_expired"};
    case NetErrc::other_host:
      return {"net", "other_host"};
    case NetErrc::pin_missed:
      return {"net", "pin_missed"};
    case NetErrc::certificate_refused:
      return {"net", "certificate_refused"};
    case NetErrc::proxy_refused:
      return {"net", "proxy_refused"};
    case NetErrc::too_large:
      return {"net", "too_large"};
    case NetErrc::bad_credentials:
      return {"net", "bad_credentials"};
  }
  return {"net", "unknown"};
}

}  // namespace certconnector::net
