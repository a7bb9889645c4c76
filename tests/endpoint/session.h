// One connection: read a request, hand it to the handler, write the answer, again until it closes.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "tests/endpoint/http_message.h"
#include "tests/endpoint/server.h"

namespace certconnector::endpoint {

class Session {
 public:
  virtual ~Session() = default;
  virtual void start() = 0;
  // Ends now when idle, else behind the answer in progress.
  virtual void close_when_idle() = 0;
};

// `tls` may be null. The session keeps itself alive until its connection ends.
[[nodiscard]] std::shared_ptr<Session> make_session(boost::asio::ip::tcp::socket socket,
                                                    boost::asio::ssl::context* tls,
                                                    Handler& handler, const ServerLimits& limits);

}  // namespace certconnector::endpoint
