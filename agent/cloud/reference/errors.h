#pragma once

#include "common/result/error.h"

namespace certconnector::cloud {

enum class CloudErrc {
  unreachable,  // no connection, or it broke: transient
  timed_out,    // no whole answer within the deadline: transient
  stopped,      // the caller's stop token: transient
  untrusted,    // the endpoint's certificate was refused by us: transient, it is put right at the
                // endpoint
  identity_refused,  // our certificate or the endpoint's 401 or 403: denied
  proxy_refused,     // the proxy wants another user or password: denied
  throttled,         // 429 or 503, perhaps with Error::retry_after(): transient
  endpoint_failed,   // other 5xx, 408, 425: transient
  request_refused,   // other 4xx, and 3xx, which is never followed: permanent
  bad_answer,        // too large, or not what the protocol says: transient, nothing of it was used
  bad_credentials,   // key, certificates or trust anchors that cannot be used together: permanent
  token_expired      // permanent
};
[[nodiscard]] ErrorCode error_code(CloudErrc errc);

}  // namespace certconnector::cloud
