#pragma once

#include "common/result/error.h"

namespace certconnector::net {

enum class NetErrc {
  unreachable,        // no connection, or it broke: transient
  unknown_host,       // no address is known for the server's name: transient
  proxy_unreachable,  // no connection to the proxy, or it leads no further: transient
  not_tls,            // the server speaks something else: transient
  reset,              // the server reset the connection, which overtakes an alert: transient
  timed_out,          // no whole answer before the deadline: transient
  stopped,            // the caller's stop token: transient
  // We refuse the server's certificate: transient, since its administrator repairs it.
  untrusted,            // of another CA, or for another use
  certificate_expired,  // its time is over, or has not begun
  other_host,           // it is for another name
  pin_missed,           // the CA that is pinned is not in its chain
  certificate_refused,  // the server refuses our client certificate: denied
  proxy_refused,        // the proxy wants another user or password: denied
  too_large,            // the answer is beyond our limits: transient, nothing of it was used
  bad_credentials       // key, certificates or anchors that cannot be used together: permanent
};
[[nodiscard]] ErrorCode error_code(NetErrc errc);

}  // namespace certconnector::net
