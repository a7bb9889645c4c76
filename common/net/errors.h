#pragma once

#include "common/result/error.h"

namespace certconnector::net {

enum class NetErrc {
  unreachable,  // no connection, or it broke: transient
  reset,        // the server reset the connection, which overtakes an alert: transient
  timed_out,    // no whole answer before the deadline: transient
  stopped,      // the caller's stop token: transient
  untrusted,    // we refuse the server's certificate: transient, since its administrator repairs it
  certificate_refused,  // the server refuses our client certificate: denied
  proxy_refused,        // the proxy wants another user or password: denied
  too_large,            // the answer is beyond our limits: transient, nothing of it was used
  bad_credentials       // key, certificates or anchors that cannot be used together: permanent
};
[[nodiscard]] ErrorCode error_code(NetErrc errc);

}  // namespace certconnector::net
