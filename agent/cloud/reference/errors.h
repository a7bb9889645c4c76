#pragma once

#include "common/result/error.h"

namespace certconnector::cloud {

enum class CloudErrc {
  unreachable,        // no connection, or it broke: transient
  unknown_host,       // no address is known for its name: transient
  proxy_unreachable,  // no connection to the proxy, or it leads no further: transient
  not_tls,            // something else answers there: transient
  timed_out,          // no whole answer within the deadline: transient
  stopped,            // the caller's stop token: transient
  // We refuse the endpoint's certificate: transient, since it is put right at the endpoint.
  untrusted,            // of another CA, or for another use
  certificate_expired,  // its time is over, or has not begun
  other_host,           // it is for another name
  pin_missed,           // the CA that the token names is not in its chain
  identity_refused,     // our certificate or the endpoint's 401 or 403: denied
  proxy_refused,        // the proxy wants another user or password: denied
  throttled,            // 429 or 503, perhaps with Error::retry_after(): transient
  endpoint_failed,      // other 5xx, 408, 425: transient
  redirected,           // 3xx, which is never followed: permanent
  request_refused,      // other 4xx: permanent
  bad_answer,       // too large, or not what the protocol says: transient, nothing of it was used
  bad_credentials,  // key, certificates or trust anchors that cannot be used together: permanent
  token_expired     // permanent
};
[[nodiscard]] ErrorCode error_code(CloudErrc errc);

}  // namespace certconnector::cloud
