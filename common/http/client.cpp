#include "common/http/client.h"

#include "common/http/client_connection.h"
#include "common/http/client_tls.h"

namespace certconnector::http {

Result<Response> fetch(const Peer& peer, const Request& request, Duration limit) {
  FetchLimits limits;
  limits.time = limit;
  return fetch(peer, request, limits);
}

Result<Response> fetch(const Peer& peer, const Request& request, const FetchLimits& limits) {
  const ExchangeLimits until = limits_from_now(limits);
  CC_TRY_ASSIGN(const Endpoints endpoints, resolve(peer.address, peer.port));
  TlsContext context;
  if (peer.tls) {
    CC_TRY_ASSIGN(context, make_client_context(*peer.tls, peer.certificate));
  }
  const auto connection = make_client_connection(peer, context);
  CC_TRY(connection->open(endpoints, until));
  return connection->exchange(request, until, AfterAnswer::close);
}

}  // namespace certconnector::http
