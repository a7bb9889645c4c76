// Kept connections to one server, for the requests of many threads.
#pragma once

#include <memory>

#include "common/http/client.h"

namespace certconnector::http {

// Thread-safe. Requests must be fit to be sent twice: a server may close a kept connection while a
// request is on its way, and the pool then sends it again on a new one.
class ConnectionPool {
 public:
  // At most `most` connections at once: further requests wait for one. Errors: bad_tls.
  [[nodiscard]] static Result<std::unique_ptr<ConnectionPool>> open(const Peer& peer,
                                                                    std::size_t most);
  // No exchange is under way then. Waits for a look-up of the name: NameLookup.
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // As fetch(); waiting for a connection and looking the name up count as well.
  [[nodiscard]] Result<Response> exchange(const Request& request, const FetchLimits& limits);

 private:
  class Connections;
  explicit ConnectionPool(std::unique_ptr<Connections> connections);

  const std::unique_ptr<Connections> connections_;
};

}  // namespace certconnector::http
