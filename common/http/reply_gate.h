// The way of an answer from whichever thread sends it to the session that waits for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "common/http/message.h"

namespace certconnector::http {

// Names a request without keeping its connection alive.
struct RequestId {
  std::uint64_t session = 0;
  std::uint64_t number = 0;  // on that connection
};

// Every Reply shares it, so it outlives the server; once closed it drops what comes. Thread-safe.
class ReplyGate : public std::enable_shared_from_this<ReplyGate> {
 public:
  using Deliver = std::function<void(RequestId to, Response response)>;

  // `deliver` runs on the thread of `io`: at once for an answer sent there, else posted.
  ReplyGate(boost::asio::io_context& io, Deliver deliver);

  [[nodiscard]] Reply reply_to(RequestId request);
  // Before `io` and what `deliver` refers to go.
  void close();

 private:
  void send(RequestId to, Response response);

  const Deliver deliver_;
  std::mutex mutex_;
  boost::asio::io_context* io_;  // null when closed
};

}  // namespace certconnector::http
