// A server, many clients that want all of it, and an honest one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "tests/common/http/keeper.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::http::testing {

inline constexpr char kAttacker[] = "127.0.0.2";
inline constexpr char kRequest[] = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

class HttpOverload : public ::testing::Test {
 protected:
  using Clients = std::vector<std::unique_ptr<RawClient>>;

  void start() {
    auto started = Server::start(settings_, keeper_, log_);
    ASSERT_TRUE(started.ok()) << started.error().message();
    server_ = std::move(started).value();
  }
  Clients open(std::size_t count, const char* source, const std::string& sends) {
    Clients clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawClient>(server_->port(), source));
      if (!sends.empty()) clients.back()->send(sends);
    }
    return clients;
  }
  // Whether an honest client gets its answer.
  void expect_served(const RawClient& client) {
    client.send(kRequest);
    keeper_.take().second.send(text_response(200, "fine"));
    EXPECT_NE(client.read_until("fine\n").find("200 OK"), std::string::npos);
  }
  // Waits until the server has cut `count` of them. How far it has read each decides which ones.
  static void expect_cut(const Clients& flood, std::size_t count) {
    std::vector<const RawClient*> open;
    open.reserve(flood.size());
    for (const auto& client : flood) open.push_back(client.get());
    for (std::size_t cut = 0; cut < count;) {
      const auto next = std::find_if(open.begin(), open.end(), [](const RawClient* client) {
        return client->readable_within(1);
      });
      if (next == open.end()) continue;
      expect_told_to_come_again(**next);
      open.erase(next);
      ++cut;
    }
  }
  // Until it is cut: where it is held, that is for ever, and the test fails by its limit.
  static void expect_told_to_come_again(const RawClient& client) {
    const std::string answer = client.read_to_end();
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503") << answer;
    EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
    const auto length = answer.find("Content-Length: ");
    ASSERT_NE(length, std::string::npos) << answer;
    EXPECT_EQ(std::stoul(answer.substr(length + 16)), answer.size() - answer.find("\r\n\r\n") - 4);
  }

  ServerSettings settings_;
  Keeper keeper_;
  certconnector::testing::CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

}  // namespace certconnector::http::testing
