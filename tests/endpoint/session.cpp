#include "tests/endpoint/session.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <type_traits>

#include "tests/endpoint/digest.h"
#include "tests/endpoint/response_wire.h"

namespace certconnector::endpoint {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

std::string to_string(beast::string_view text) { return {text.data(), text.size()}; }

std::string certificate_digest(SSL* ssl) {
  X509* certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return {};
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  X509_free(certificate);
  if (size <= 0) return {};
  std::string digest = sha256_hex(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

// Answers a message that HTTP/1.1 allows but this server does not take; nothing for a good one.
template <typename Header>
std::optional<Response> refuse_header(const Header& header) {
  if (header.version() != 11 && header.version() != 10) {
    return problem(505, "bad_request", "only HTTP/1.1 is spoken here");
  }
  if (header.version() == 11 && header.count(http::field::host) != 1) {
    return problem(400, "bad_request", "the Host field is missing or repeated");
  }
  const auto coding = header[http::field::transfer_encoding];
  if (!coding.empty() && (!beast::iequals(coding, "chunked") || header.version() == 10)) {
    return problem(501, "bad_request", "the only transfer coding is chunked, in HTTP/1.1");
  }
  if (!header[http::field::content_encoding].empty()) {
    return problem(415, "unsupported_media_type", "a content coding is not accepted");
  }
  return std::nullopt;
}

template <typename Stream>
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  HttpSession(Stream stream, Handler& handler, const ServerLimits& limits)
      : stream_(std::move(stream)),
        handler_(handler),
        limits_(limits),
        timer_(stream_.get_executor()) {}

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      transport().expires_after(limits_.io_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](error_code ec) {
        if (ec) return;
        self->client_certificate_ = certificate_digest(self->stream_.native_handle());
        self->read();
      });
    } else {
      read();
    }
  }

  void close_when_idle() override {
    closing_ = true;
    if (idle_) transport().close();
  }

 private:
  std::shared_ptr<HttpSession> self() { return this->shared_from_this(); }
  beast::tcp_stream& transport() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->header_limit(std::size_t{72} * 1024);
    parser_->body_limit(limits_.max_body);
    answered_ = false;
    idle_ = true;
    transport().expires_after(limits_.idle_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = self()](error_code ec, std::size_t) { self->on_header(ec); });
  }

  void on_header(error_code ec) {
    idle_ = false;
    if (ec) return on_read_error(ec);
    if (auto refusal = refuse_header(parser_->get())) return refuse(std::move(*refusal));
    transport().expires_after(limits_.io_timeout);
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      wire_ = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(stream_, asio::buffer(wire_),
                        [self = self()](error_code failed, std::size_t) {
                          if (!failed) self->read_body();
                        });
      return;
    }
    read_body();
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = self()](error_code ec, std::size_t) { self->on_request(ec); });
  }

  void on_read_error(error_code ec) {
    if (ec == http::error::body_limit) {
      return refuse(problem(413, "too_large",
                            "the body is over " + std::to_string(limits_.max_body) + " octets"));
    }
    if (ec == http::error::header_limit) {
      return refuse(problem(431, "too_large", "the header fields are over 72 KiB"));
    }
    if (ec.category() == http::make_error_code(http::error::bad_method).category() &&
        ec != http::error::end_of_stream && ec != http::error::partial_message) {
      return refuse(problem(400, "bad_request", "that is not HTTP: " + ec.message()));
    }
    close();
  }

  void on_request(error_code ec) {
    if (ec) return on_read_error(ec);
    keep_alive_ = parser_->get().keep_alive();
    transport().expires_never();
    auto cancel = handler_.handle(
        take_request(), [self = self()](Response response) { self->answer(std::move(response)); });
    if (!answered_ && cancel) watch_for_hangup(std::move(cancel));
  }

  Request take_request() {
    auto message = parser_->release();
    Request request;
    request.method = to_string(message.method_string());
    const std::string target = to_string(message.target());
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.content_type = to_string(message[http::field::content_type]);
    request.authorization = to_string(message[http::field::authorization]);
    request.body = std::move(message.body());
    request.client_certificate = client_certificate_;
    return request;
  }

  // Anything to read while a request waits means that the client has gone (or does not speak the
  // protocol): the wait ends, so that no job is given to a connection that nobody listens on.
  void watch_for_hangup(Cancel cancel) {
    transport().socket().async_wait(asio::socket_base::wait_read,
                                    [self = self(), cancel = std::move(cancel)](error_code ec) {
                                      if (!ec && !self->answered_) cancel();
                                    });
  }

  void refuse(Response response) {
    keep_alive_ = false;
    answer(std::move(response));
  }

  void answer(Response response) {
    if (answered_) return;
    answered_ = true;
    error_code ignored;
    transport().socket().cancel(ignored);
    if (closing_) keep_alive_ = false;
    // The handler may answer from inside handle(): the write starts from a clean stack.
    asio::post(stream_.get_executor(), [self = self(), response = std::move(response)]() mutable {
      self->write(response);
    });
  }

  void write(const Response& response) {
    if (response.delivery == Delivery::reset) return reset();
    if (response.delivery != Delivery::whole) keep_alive_ = false;
    wire_ = to_wire(response, keep_alive_);
    transport().expires_after(limits_.io_timeout);
    if (response.delivery == Delivery::drip) return drip(0);
    const bool endless = response.delivery == Delivery::endless;
    asio::async_write(
        stream_, asio::buffer(wire_),
        [self = self(), endless](error_code ec, std::size_t) { self->on_written(ec, endless); });
  }

  void on_written(error_code ec, bool endless) {
    if (ec) return close();
    if (endless) return write_endlessly();
    if (!keep_alive_) return shut_down();
    read();
  }

  void write_endlessly() {
    wire_ = endless_chunk();
    transport().expires_after(limits_.io_timeout);
    asio::async_write(stream_, asio::buffer(wire_), [self = self()](error_code ec, std::size_t) {
      if (ec || self->closing_) return self->close();
      self->write_endlessly();
    });
  }

  void drip(std::size_t at) {
    if (at == wire_.size()) return shut_down();
    transport().expires_after(limits_.io_timeout);
    asio::async_write(stream_, asio::buffer(wire_.data() + at, 1),
                      [self = self(), at](error_code ec, std::size_t) {
                        if (ec || self->closing_) return self->close();
                        self->timer_.expires_after(kDripInterval);
                        self->timer_.async_wait([self, at](error_code failed) {
                          if (!failed) self->drip(at + 1);
                        });
                      });
  }

  void shut_down() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      transport().expires_after(limits_.io_timeout);
      stream_.async_shutdown([self = self()](error_code) { self->drain(); });
    } else {
      error_code ignored;
      transport().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
      drain();
    }
  }

  // Closing a socket with unread input resets the connection, and the client may lose the answer:
  // read it off first.
  void drain() {
    idle_ = true;
    transport().expires_after(std::chrono::seconds(2));
    wire_.resize(4096);
    transport().async_read_some(asio::buffer(wire_), [self = self()](error_code ec, std::size_t) {
      if (ec) return self->close();
      self->drain();
    });
  }

  void reset() {
    error_code ignored;
    transport().socket().set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  void close() { transport().close(); }

  Stream stream_;
  Handler& handler_;
  ServerLimits limits_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string client_certificate_;
  std::string wire_;
  bool keep_alive_ = true;
  bool answered_ = false;
  bool idle_ = true;
  bool closing_ = false;
};

}  // namespace

std::shared_ptr<Session> make_session(asio::ip::tcp::socket socket, asio::ssl::context* tls,
                                      Handler& handler, const ServerLimits& limits) {
  if (tls == nullptr) {
    return std::make_shared<HttpSession<PlainStream>>(PlainStream(std::move(socket)), handler,
                                                      limits);
  }
  return std::make_shared<HttpSession<TlsStream>>(TlsStream(PlainStream(std::move(socket)), *tls),
                                                  handler, limits);
}

}  // namespace certconnector::endpoint
