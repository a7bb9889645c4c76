// A plain HTTP/1.1 server for what has no secrets: CRLs and CA certificates (RFC 5280
// sections 4.2.1.13 and 4.2.2.1 want them on plain HTTP), later SCEP and metrics.
//
// One thread of its own. Every read and write has a time limit; headers, bodies and connections are
// capped; what is ambiguous (RFC 9112 section 6.3) is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/http/message.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::http {

struct ServerSettings {
  std::string listen = "127.0.0.1:0";  // "ADDRESS:PORT", "[::1]:8080"; port 0 takes a free one
  std::size_t max_connections = 256;   // more wait in the kernel's queue
  std::size_t max_header = 72UL * 1024;
  std::size_t max_body = 64UL * 1024;
  Duration idle_timeout{
      15000};  // from the last answer, or from connecting, to the end of the next header
  Duration transfer_timeout{30000};  // to read a body; to write an answer
};

enum class HttpErrc {
  bad_address,    // permanent: not ADDRESS:PORT
  cannot_listen,  // transient: in use, or not up yet; permanent: not ours to take
};
[[nodiscard]] ErrorCode error_code(HttpErrc errc);

class Server {
 public:
  // Listens and serves at once. `handler` and `log` outlive the server. Errors: bad_address,
  // cannot_listen.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const ServerSettings& settings,
                                                             Handler& handler, log::Logger& log);
  // Closes every connection and joins the thread.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  class Listener;
  explicit Server(std::unique_ptr<Listener> listener);

  std::unique_ptr<Listener> listener_;
};

}  // namespace certconnector::http
