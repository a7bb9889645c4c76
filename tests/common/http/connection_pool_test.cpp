#include "common/http/connection_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <thread>

#include "common/http/server.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {
namespace {

using Socket = boost::asio::ip::tcp::socket;
constexpr Duration kPoolPatience{10000};

// Answers so many requests of each connection, then closes it without a word.
class PlainServer {
 public:
  explicit PlainServer(int answers, std::string answer =
                                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                        "\r\nok")
      : answers_(answers), answer_(std::move(answer)), thread_([this] { accept(); }) {}
  ~PlainServer() {
    closing_ = true;
    Socket last(io_);
    boost::system::error_code ignored;
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    for (auto& [socket, thread] : served_) {
      socket.shutdown(Socket::shutdown_both, ignored);
      thread.join();
    }
  }
  PlainServer(const PlainServer&) = delete;
  PlainServer& operator=(const PlainServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  struct Served {
    Socket socket;
    std::thread thread;
  };

  void accept() {
    boost::system::error_code error;
    for (;;) {
      Socket socket(io_);
      acceptor_.accept(socket, error);
      if (closing_) return;
      ++connections_;
      served_.push_back({std::move(socket), {}});
      served_.back().thread =
          std::thread([this, &socket = served_.back().socket] { serve(socket); });
    }
  }

  void serve(Socket& socket) {
    boost::system::error_code error;
    std::string request;
    for (int i = 0; i < answers_ && !error; ++i) {
      const std::size_t end =
          read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
      if (!error) request.erase(0, end);
      if (!error) boost::asio::write(socket, boost::asio::buffer(answer_), error);
    }
    socket.shutdown(Socket::shutdown_both, error);
  }

  const int answers_;
  const std::string answer_;
  std::atomic<bool> closing_{false};
  std::atomic<int> connections_{0};
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::list<Served> served_;
  std::thread thread_;
};

Request a_request() {
  Request request;
  request.method = "GET";
  request.path = "/";
  return request;
}

std::unique_ptr<ConnectionPool> pool_to(std::uint16_t port, std::size_t most) {
  return ConnectionPool::open({"127.0.0.1", port}, most).value();
}

constexpr int kMany = 1000;

TEST(ConnectionPool, OneConnectionServesOneRequestAfterTheOther) {
  const PlainServer server(kMany);
  const auto pool = pool_to(server.port(), 4);
  for (int i = 0; i < 20; ++i) {
    const auto answer = pool->exchange(a_request(), {kPoolPatience});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(as_text(*answer->body), "ok");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(ConnectionPool, AConnectionThatTheServerClosedIsReplaced) {
  const PlainServer server(2);
  const auto pool = pool_to(server.port(), 4);
  for (int i = 0; i < 6; ++i) {
    const auto answer = pool->exchange(a_request(), {kPoolPatience});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(ConnectionPool, KeepsNoConnectionThatTheServerWillClose) {
  const PlainServer server(kMany,
                           "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  const auto pool = pool_to(server.port(), 4);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool->exchange(a_request(), {kPoolPatience}).ok());
  EXPECT_EQ(server.connections(), 3);
}

TEST(ConnectionPool, ManyThreadsShareAFewConnections) {
  constexpr std::size_t kMost = 2;
  const PlainServer server(kMany);
  const auto pool = pool_to(server.port(), kMost);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        if (pool->exchange(a_request(), {kPoolPatience}).ok()) ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 80);
  EXPECT_LE(server.connections(), static_cast<int>(kMost));
}

// Keeps the replies that it owes.
class Silent final : public Handler {
 public:
  void handle(Request, Reply reply) override {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(reply));
    ++asked;
  }
  std::atomic<int> asked{0};

 private:
  std::mutex mutex_;
  std::vector<Reply> kept_;
};

TEST(ConnectionPool, NobodyWaitsLongerThanItsDeadline) {
  certconnector::testing::CapturingLogger log;
  Silent silent;
  const auto server = Server::start(ServerSettings{}, silent, log).value();
  const auto pool = pool_to(server->port(), 1);
  StopSource stopping;
  std::thread first([&] {
    const auto answer = pool->exchange(a_request(), {kPoolPatience, 1024, stopping.token()});
    EXPECT_EQ(answer.error().message(), "the agent stops");
  });
  while (silent.asked == 0) std::this_thread::yield();
  const auto second = pool->exchange(a_request(), {Duration(20)});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message(), "all connections are in use");
  EXPECT_EQ(second.error().kind(), ErrorKind::transient);
  std::thread third([&] {
    const auto answer = pool->exchange(a_request(), {kPoolPatience, 1024, stopping.token()});
    EXPECT_EQ(answer.error().message(), "the agent stops");
  });
  stopping.request_stop();
  first.join();
  third.join();
}

TEST(ConnectionPool, VerifiesTheServerAndShowsItsCertificate) {
  const certconnector::testing::TestPki pki;
  certconnector::testing::CapturingLogger log;
  class Shown final : public Handler {
   public:
    void handle(Request request, Reply reply) override {
      reply.send(text_response(200, request.peer_certificate ? "shown" : "none"));
    }
  } shown;
  ServerSettings settings;
  settings.tls = TlsSettings{pki.server_chain_pem(), pki.server().key_pem(),
                             pki.intermediate().certificate.to_pem()};
  const auto server = Server::start(settings, shown, log).value();
  Peer peer{"127.0.0.1", server->port(), PeerTrust{"localhost", pki.root().certificate.to_pem()},
            ClientCertificate{pki.client().certificate.to_pem(), pki.client().key_pem()}};
  const auto pool = ConnectionPool::open(peer, 2).value();
  for (int i = 0; i < 3; ++i) {
    const auto answer = pool->exchange(a_request(), {kPoolPatience});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(as_text(*answer->body), "shown\n");
  }
  peer.tls->name = "other.example";
  EXPECT_EQ(
      ConnectionPool::open(peer, 2).value()->exchange(a_request(), {kPoolPatience}).error().code(),
      error_code(HttpErrc::untrusted));
  peer.tls->anchors = "no PEM";
  EXPECT_EQ(ConnectionPool::open(peer, 2).error().code(), error_code(HttpErrc::bad_tls));
}

}  // namespace
}  // namespace certconnector::http::testing
