#include "common/http/client.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "common/http/client_tls.h"
#include "common/http/server.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/test_pki.h"

namespace certconnector::http::testing {
namespace {

constexpr std::chrono::seconds kFetchPatience{10};

// Tells what it was asked; keeps the reply to /later.
class Parrot final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      kept_.emplace(std::move(reply));
      return;
    }
    reply.send(text_response(request.path == "/gone" ? 404 : 200,
                             request.method + " " + request.path + "?" + request.query + " " +
                                 request.header("content-type") + " [" + request.body + "]"));
  }

 private:
  std::mutex mutex_;
  std::optional<Reply> kept_;
};

class HttpClient : public ::testing::Test {
 protected:
  HttpClient() { server_ = Server::start(ServerSettings{}, parrot_, log_).value(); }

  Result<Response> ask(const std::string& address, const Request& request,
                       Duration limit = kFetchPatience) {
    return fetch({address, server_->port()}, request, limit);
  }

  certconnector::testing::CapturingLogger log_;
  Parrot parrot_;
  std::unique_ptr<Server> server_;
};

Request request_for(const std::string& method, const std::string& path) {
  Request request;
  request.method = method;
  request.path = path;
  return request;
}

TEST_F(HttpClient, SendsTheWholeRequestAndGivesTheWholeAnswer) {
  Request request = request_for("POST", "/scep");
  request.query = "operation=PKIOperation";
  request.headers = {{"Content-Type", "application/x-pki-message"}};
  request.body = std::string("a\0b", 3);
  const auto answer = ask("127.0.0.1", request);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(
      as_text(*answer->body),
      std::string("POST /scep?operation=PKIOperation application/x-pki-message [a\0b]\n", 66));
  EXPECT_EQ(ask("127.0.0.1", request_for("GET", "/gone"))->status, 404U);
}

TEST_F(HttpClient, ReachesAListenerOnAllAddressesOnThisMachine) {
  EXPECT_TRUE(ask("0.0.0.0", request_for("GET", "/")).ok());
}

TEST_F(HttpClient, TakesNoMoreOctetsThanItsLimit) {
  constexpr std::size_t kAnswer = 12;  // of Parrot: "GET /a?  []" and a line break
  const auto fetch_at_most = [&](std::size_t octets) {
    return fetch({"127.0.0.1", server_->port()}, request_for("GET", "/a"),
                 {kFetchPatience, octets, {}});
  };
  const auto whole = fetch_at_most(kAnswer);
  ASSERT_TRUE(whole.ok()) << whole.error().message();
  ASSERT_EQ(whole->body->size(), kAnswer);
  const auto cut = fetch_at_most(kAnswer - 1);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().code(), error_code(HttpErrc::no_answer));
}

TEST_F(HttpClient, AStopEndsTheWaitForAnAnswer) {
  StopSource stopping;
  std::thread stopper([&] { stopping.request_stop(); });
  const auto answer = fetch({"127.0.0.1", server_->port()}, request_for("GET", "/later"),
                            {kFetchPatience, 1024, stopping.token()});
  stopper.join();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().message(), "the agent stops");
}

TEST_F(HttpClient, SaysWhyThereIsNoAnswer) {
  EXPECT_EQ(ask("no such name", request_for("GET", "/")).error().code(),
            error_code(HttpErrc::no_answer));
  const auto late = ask("127.0.0.1", request_for("GET", "/later"), Duration(20));
  EXPECT_EQ(late.error().code(), error_code(HttpErrc::no_answer));
  EXPECT_EQ(late.error().kind(), ErrorKind::transient);
  const std::uint16_t port = server_->port();
  server_.reset();
  EXPECT_EQ(fetch({"127.0.0.1", port}, request_for("GET", "/"), kFetchPatience).error().code(),
            error_code(HttpErrc::no_answer));
}

TEST(HttpsSuites, AreThoseOfTheListeners) {
  const auto context = make_client_context({}, std::nullopt);
  ASSERT_TRUE(context.ok()) << context.error().message();
  const STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers((*context)->native_handle());
  ASSERT_GT(sk_SSL_CIPHER_num(suites), 3);
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const SSL_CIPHER* suite = sk_SSL_CIPHER_value(suites, i);
    EXPECT_NE(SSL_CIPHER_get_kx_nid(suite), NID_kx_rsa) << SSL_CIPHER_get_name(suite);
    EXPECT_NE(SSL_CIPHER_get_digest_nid(suite), NID_sha1) << SSL_CIPHER_get_name(suite);
  }
}

class HttpsClient : public ::testing::Test {
 protected:
  HttpsClient() {
    ServerSettings settings;
    settings.tls = TlsSettings{pki_.server_chain_pem(), pki_.server().key_pem()};
    server_ = Server::start(settings, parrot_, log_).value();
  }

  Result<Response> ask(const std::string& name, const std::string& anchors) {
    return fetch({"127.0.0.1", server_->port(), PeerTrust{name, anchors}}, request_for("GET", "/"),
                 kFetchPatience);
  }

  certconnector::testing::CapturingLogger log_;
  certconnector::testing::TestPki pki_;
  Parrot parrot_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpsClient, TrustsWhatItIsToldToTrust) {
  for (const char* name : {"localhost", "127.0.0.1", ""}) {
    const auto answer = ask(name, pki_.root().certificate.to_pem());
    ASSERT_TRUE(answer.ok()) << name << ": " << answer.error().message();
    EXPECT_EQ(answer->status, 200U);
  }
  EXPECT_TRUE(ask("", pki_.server().certificate.to_pem()).ok()) << "the certificate itself";
}

TEST_F(HttpsClient, RefusesWhoIsNotTrusted) {
  struct Row {
    const char* name;
    std::string anchors;
    const char* message;
  };
  const std::string root = pki_.root().certificate.to_pem();
  for (const Row& row :
       {Row{"other.example", root, "hostname mismatch"},
        Row{"127.0.0.2", root, "IP address mismatch"}, Row{"localhost", "", "issuer certificate"},
        Row{"localhost", certconnector::testing::TestPki().root().certificate.to_pem(),
            "issuer certificate"}}) {
    const auto answer = ask(row.name, row.anchors);
    ASSERT_FALSE(answer.ok()) << row.name;
    EXPECT_EQ(answer.error().code(), error_code(HttpErrc::untrusted));
    EXPECT_NE(answer.error().message().find(row.message), std::string::npos)
        << answer.error().message();
  }
  EXPECT_EQ(ask("localhost", "no PEM").error().code(), error_code(HttpErrc::bad_tls));
}

// Tells whose certificate it was shown.
class Mirror final : public Handler {
 public:
  void handle(Request request, Reply reply) override {
    const auto shown = crypto::Certificate::from_der(*request.peer_certificate);
    reply.send(text_response(200, shown.value().subject_text()));
  }
};

TEST(HttpsClientCertificate, IsShownToAServerThatAsksForIt) {
  const certconnector::testing::TestPki pki;
  certconnector::testing::CapturingLogger log;
  Mirror mirror;
  ServerSettings settings;
  settings.tls = TlsSettings{pki.server_chain_pem(), pki.server().key_pem(),
                             pki.intermediate().certificate.to_pem()};
  const auto server = Server::start(settings, mirror, log).value();
  Peer peer{"127.0.0.1", server->port(), PeerTrust{"localhost", pki.root().certificate.to_pem()}};
  EXPECT_FALSE(fetch(peer, request_for("GET", "/"), kFetchPatience).ok()) << "none was shown";

  peer.certificate = ClientCertificate{pki.client().certificate.to_pem(), pki.client().key_pem()};
  const auto answer = fetch(peer, request_for("GET", "/"), kFetchPatience);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(as_text(*answer->body), pki.client().certificate.subject_text() + "\n");

  peer.certificate->key = pki.server().key_pem();
  EXPECT_EQ(fetch(peer, request_for("GET", "/"), kFetchPatience).error().code(),
            error_code(HttpErrc::bad_tls));
}

// Takes its time before the handshake, and again before the answer. Serves one connection.
class SlowServer {
 public:
  SlowServer(const TlsSettings& tls, Duration each)
      : context_(make_tls_context(tls).value()),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        thread_([this, each] { serve(each); }) {}
  ~SlowServer() { thread_.join(); }
  SlowServer(const SlowServer&) = delete;
  SlowServer& operator=(const SlowServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void serve(Duration each) {
    boost::system::error_code error;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(io_, *context_);
    acceptor_.accept(stream.lowest_layer(), error);
    boost::asio::steady_timer(io_, each).wait();
    if (!error) stream.handshake(boost::asio::ssl::stream_base::server, error);
    std::string request;
    if (!error) {
      boost::asio::read_until(stream, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
    }
    boost::asio::steady_timer(io_, each).wait();
    const std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
    if (!error) boost::asio::write(stream, boost::asio::buffer(answer), error);
  }

  boost::asio::io_context io_;
  TlsContext context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

// No step is late; all of them together are.
TEST(HttpsClientDeadline, IsOneForAllSteps) {
  constexpr Duration kEach{400};
  const certconnector::testing::TestPki pki;
  const TlsSettings tls{pki.server_chain_pem(), pki.server().key_pem()};
  const auto ask = [&](Duration limit) {
    const SlowServer server(tls, kEach);
    const PeerTrust trust{"localhost", pki.root().certificate.to_pem()};
    return fetch({"127.0.0.1", server.port(), trust}, request_for("GET", "/"), limit);
  };
  EXPECT_TRUE(ask(kFetchPatience).ok());
  const auto answer = ask(kEach + kEach / 2);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), error_code(HttpErrc::no_answer));
}

}  // namespace
}  // namespace certconnector::http::testing
