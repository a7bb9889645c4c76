// A server with more connections, octets and handshakes than it has room for.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "common/http/server.h"
#include "common/http/session.h"
#include "tests/common/http/keeper.h"
#include "tests/common/http/raw_client.h"
#include "tests/common/http/tls_client.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::CapturingLogger;
using certconnector::testing::TestPki;

constexpr char kAttacker[] = "127.0.0.2";
constexpr char kRequest[] = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

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
    std::vector<pollfd> open;
    open.reserve(flood.size());
    for (const auto& client : flood) open.push_back({client->native(), POLLIN, 0});
    for (std::size_t cut = 0; cut < count;) {
      ASSERT_GT(::poll(open.data(), open.size(), -1), 0);
      for (std::size_t i = 0; i < open.size() && cut < count; ++i) {
        if (open[i].revents == 0) continue;
        expect_told_to_come_again(*flood[i]);
        open[i].fd = -1;
        ++cut;
      }
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
  CapturingLogger log_;
  std::unique_ptr<Server> server_;
};

// 60 KiB of header, 60 KiB of a body that never ends.
std::string endless_request() {
  return "POST /a?" + std::string(60000, 'q') +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: 60001\r\n\r\n" + std::string(60000, 'b');
}

TEST_F(HttpOverload, RequestsThatNeverEndAreCutAtTheClientsShare) {
  settings_.memory = 1024UL * 1024;
  start();
  const auto flood = open(40, kAttacker, endless_request());
  expect_cut(flood, 20);
  expect_served(RawClient(server_->port()));
  expect_served(RawClient(server_->port(), kAttacker));
  EXPECT_EQ(log_.records("http.overloaded").size(), 1U);
}

TEST_F(HttpOverload, WhoHoldsLittleIsServedWhileManyHoldAll) {
  settings_.memory = 1024UL * 1024;
  start();
  const RawClient honest(server_->port());
  expect_served(honest);
  std::vector<Clients> floods;
  for (const char* source : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"}) {
    floods.push_back(open(12, source, endless_request()));
  }
  for (const Clients& flood : floods) expect_cut(flood, 1);
  expect_served(honest);
  expect_served(RawClient(server_->port()));
}

TEST_F(HttpOverload, HandshakesThatNeverEndAreCut) {
  const TestPki pki;
  settings_.tls = TlsSettings{pki.server_chain_pem(), pki.server().key_pem(), std::nullopt};
  settings_.memory = 4 * kTlsConnectionOctets;
  start();
  const auto flood = open(6, kAttacker, "");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(flood[i]->read_to_end(), "");
  const TlsClient honest(server_->port());
  ASSERT_TRUE(honest.connected());
  honest.send(kRequest);
  keeper_.take().second.send(text_response(200, "fine"));
  EXPECT_NE(honest.read_until("fine\n").find("200 OK"), std::string::npos);
}

// Each of its keys holds less than one that sends a request.
TEST_F(HttpOverload, ManyAddressesWithOneSilentConnectionEachShutNobodyOut) {
  settings_.max_connections = 16;
  start();
  Clients flood;
  for (int i = 0; i < 64; ++i) {
    const std::string source = "127.0.1." + std::to_string(i + 1);
    flood.push_back(std::make_unique<RawClient>(server_->port(), source.c_str()));
    if (i == 40) {
      const RawClient honest(server_->port());
      honest.send("GET /a HTTP/1.1\r\nX-Long: " + std::string(4000, 'x'));
      for (int more = 0; more < 8; ++more) {
        const std::string other = "127.0.2." + std::to_string(more + 1);
        flood.push_back(std::make_unique<RawClient>(server_->port(), other.c_str()));
        flood.back()->send("GET /a");
      }
      expect_told_to_come_again(*flood[30]);
      honest.send("\r\nHost: h\r\n\r\n");
      keeper_.take().second.send(text_response(200, "fine"));
      EXPECT_NE(honest.read_until("fine\n").find("200 OK"), std::string::npos);
    }
  }
}

TEST_F(HttpOverload, ALongMethodIsRefusedAndManyFieldsAre) {
  start();
  const RawClient method(server_->port());
  method.send(std::string(33, 'M') + " /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(method.read_to_end().substr(0, 12), "HTTP/1.1 400");
  std::string fields = "GET /a HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 128; ++i) fields += "a:\r\n";
  const RawClient many(server_->port());
  many.send(fields + "\r\n");
  EXPECT_EQ(many.read_to_end().substr(0, 12), "HTTP/1.1 431");
}

// Octets in the kernel's buffers count: the server cuts a client that reads nothing like one that
// sends nothing.
TEST_F(HttpOverload, AnswersThatNobodyReadsCount) {
  settings_.memory = 8 * kKernelOctets;
  start();
  std::string requests;
  for (int i = 0; i < 4000; ++i) requests += kRequest;
  const auto flood = open(8, kAttacker, "");
  std::thread answering([this] {
    for (int i = 0; i < 200; ++i) {
      keeper_.take().second.send(text_response(200, std::string(60000, 'x')));
    }
  });
  for (const auto& client : flood) client->send(requests.substr(0, 25 * sizeof kRequest));
  while (log_.records("http.overloaded").empty()) std::this_thread::yield();
  for (int i = 0; i < 200; ++i) RawClient(server_->port()).send(kRequest);
  answering.join();
  EXPECT_EQ(log_.records("http.overloaded").front().field("first_cut"), kAttacker);
}

TEST_F(HttpOverload, WhoIsOwedAnAnswerIsNotCut) {
  settings_.memory = 1024UL * 1024;
  start();
  const RawClient owed(server_->port(), kAttacker);
  owed.send(kRequest);
  auto request = keeper_.take();
  const auto flood = open(40, kAttacker, endless_request());
  expect_cut(flood, 1);
  request.second.send(text_response(200, "fine"));
  EXPECT_NE(owed.read_until("fine\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpOverload, AConnectionTakesThePlaceOfTheOneIdleLongest) {
  settings_.max_connections = 4;
  start();
  Clients clients = open(3, nullptr, "");
  for (const auto& client : clients) expect_served(*client);
  expect_served(*clients.front());
  expect_served(RawClient(server_->port()));
  EXPECT_EQ(clients[1]->read_to_end(), "") << "no answer that nobody asked for";
  expect_served(*clients.front());
  expect_served(*clients.back());
}

TEST_F(HttpOverload, ANewOneIsToldToComeAgainWhileAllAreOwedAnAnswer) {
  settings_.max_connections = 1;
  start();
  const RawClient first(server_->port());
  first.send(kRequest);
  auto request = keeper_.take();
  expect_told_to_come_again(RawClient(server_->port(), kAttacker));
  request.second.send(text_response(200, "fine"));
  EXPECT_NE(first.read_until("fine\n").find("200 OK"), std::string::npos);
  expect_served(RawClient(server_->port(), kAttacker));
}

TEST_F(HttpOverload, MemoryIsGivenBackAfterwards) {
  std::promise<void> freed;
  settings_.memory = 64UL * 1024 * 1024;
  settings_.memory_freed = [&freed] { freed.set_value(); };
  start();
  auto flood = open(160, kAttacker, endless_request());
  RawClient(server_->port()).send(kRequest);
  keeper_.take().second.send(text_response(200, "all of them have been accepted before"));
  flood.clear();
  freed.get_future().wait();
  EXPECT_TRUE(log_.records("http.overloaded").empty());
  expect_served(RawClient(server_->port()));
  server_.reset();  // before what it calls
}

TEST_F(HttpOverload, SaysWhenThereIsRoomAgain) {
  settings_.memory = 1024UL * 1024;
  start();
  auto flood = open(20, kAttacker, endless_request());
  expect_cut(flood, 1);
  flood.clear();
  // Cutting may make room in the middle of the flood, so that it begins anew.
  const auto times = [this](const char* event) { return log_.records(event).size(); };
  while (times("http.overload_over") < times("http.overloaded")) {
    expect_served(RawClient(server_->port()));
  }
  EXPECT_GE(times("http.overload_over"), 1U);
  EXPECT_EQ(times("http.overload_over"), times("http.overloaded"));
}

// As many files as are open already, and no more.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{3, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  NoMoreFiles(NoMoreFiles&&) = delete;
  NoMoreFiles& operator=(NoMoreFiles&&) = delete;

 private:
  rlimit before_{};
};

// A connection that ends during the pause begins no second one: two would cut each other short.
TEST_F(HttpOverload, WithoutDescriptorsItTriesAgainNowAndThen) {
  start();
  Clients clients = open(3, nullptr, "");
  for (const auto& client : clients) expect_served(*client);
  const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server_->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto began = std::chrono::steady_clock::now();
  std::size_t tries = 0;
  {
    const NoMoreFiles none;
    const void* const address = &to;
    ASSERT_EQ(::connect(late, static_cast<const sockaddr*>(address), sizeof to), 0);
    while (log_.records("http.accept_failed").empty()) continue;
    clients.clear();
    while (tries < 3) tries = log_.records("http.accept_failed").size();
  }
  const auto pauses = (std::chrono::steady_clock::now() - began) / std::chrono::milliseconds(200);
  EXPECT_LE(tries, static_cast<std::size_t>(pauses) + 1);
  expect_served(RawClient(server_->port()));
  ::close(late);
}

}  // namespace
}  // namespace certconnector::http::testing
