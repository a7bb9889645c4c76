#include "agent/cloud/reference/errors.h"

namespace certconnector::cloud {

ErrorCode error_code(CloudErrc errc) {
  switch (errc) {
    case CloudErrc::unreachable:
      return {"cloud", "unreachable"};
    case CloudErrc::timed_out:
      return {"cloud", "timed_out"};
    case CloudErrc::stopped:
      return {"cloud", "stopped"};
    case CloudErrc::untrusted:
      return {"cloud", "untrusted"};
    case CloudErrc::identity_refused:
      return {"cloud", "identity_refused"};
    case CloudErrc::proxy_refused:
      return {"cloud", "proxy_refused"};
    case CloudErrc::throttled:
      return {"cloud", "throttled"};
    case CloudErrc::endpoint_failed:
      return {"cloud", "endpoint_failed"};
    case CloudErrc::request_refused:
      return {"cloud", "request_refused"};
    case CloudErrc::bad_answer:
      return {"cloud", "bad_answer"};
    case CloudErrc::bad_credentials:
      return {"cloud", "bad_credentials"};
    case CloudErrc::token_expired:
      return {"cloud", "token_expired"};
  }
  return {"cloud", "unknown"};
}

}  // namespace certconnector::cloud
