// A server with more connections, octets and handshakes than it has room for.
#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "common/http/session.h"
#include "tests/common/http/overload_fixture.h"
#include "tests/common/http/tls_client.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::TestPki;

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

}  // namespace
}  // namespace certconnector::http::testing
