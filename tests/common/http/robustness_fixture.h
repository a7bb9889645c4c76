// A server that answers with the sizes of what it was asked, and requests that begin well.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/http/server.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {

// Answers with the sizes of what it was asked.
class Sizes final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    reply.send(text_response(200, request.path + " query " + std::to_string(request.query.size()) +
                                      " body " + std::to_string(request.body.size()) + " end"));
  }
};

class HttpRobustness : public ::testing::Test {
 protected:
  void start(const ServerSettings& settings = {}) {
    auto started = Server::start(settings, handler_, log_);
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(started).value();
  }
  std::string exchange(const std::string& request) {
    const RawClient client(server_->port());
    client.send(request);
    client.finish_sending();
    return client.read_to_end();
  }

  Sizes handler_;
  certconnector::testing::CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

inline const std::string kStart = "GET /a HTTP/1.1\r\nHost: h\r\n";
inline const std::string kPost = "POST /p HTTP/1.1\r\nHost: h\r\n";
inline const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

}  // namespace certconnector::http::testing
