#include "common/http/session.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/crypto/openssl_ptr.h"
#include "common/http/native_socket.h"
#include "common/http/request_rules.h"
#include "common/http/response_head.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::error_code;

using PlainStream = beast::basic_stream<tcp, Executor, beast::unlimited_rate_policy>;
// Not Beast's own: it ends a write of two buffers after the first when the second is large.
using TlsStream = asio::ssl::stream<PlainStream>;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Octets that the server reads and discards after an answer that ends the connection, so that the
// client sees the answer and not a reset (RFC 9112 section 9.6).
constexpr std::size_t kMostDrained = 256UL * 1024;
constexpr std::size_t kDrainedAtOnce = 4096;

// Octets of its read buffer that an idle connection may keep.
constexpr std::size_t kIdleBuffer = 4096;
// Octets that every read has room for.
constexpr std::size_t kLeastRead = 512;
// Octets of a file that an answer holds in memory.
constexpr std::size_t kFilePiece = 32UL * 1024;

// The answer to a client whose connection has to make room.
std::string too_many_connections() {
  Response response = text_response(503, "too many connections; come again in a moment");
  response.headers.emplace_back("Retry-After", "5");
  const Bytes& body = *response.body;
  return response_head(response, {kNewestVersion, false}) + std::string(body.begin(), body.end());
}

std::shared_ptr<const Bytes> peer_certificate_of(SSL* ssl) {
  const crypto::X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return nullptr;
  Bytes der = crypto::der_of(certificate.get());
  return der.empty() ? nullptr : std::make_shared<const Bytes>(std::move(der));
}

template <typename Stream>
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  HttpSession(Stream stream, const SessionSettings& settings, Connection connection)
      : stream_(std::move(stream)),
        settings_(settings),
        id_(connection.id),
        place_(std::move(connection.place)),
        peer_(std::move(connection.peer)),
        buffer_(settings.server.max_header + settings.server.max_body) {}

  ~HttpSession() override = default;
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  HttpSession(HttpSession&&) = delete;
  HttpSession& operator=(HttpSession&&) = delete;

  void run() override {
    if constexpr (kTls) {
      expires_after(settings_.server.handshake_timeout);
      charge();
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = self()](error_code error) { self->on_handshake(error); });
    } else {
      read_header();
    }
  }

  void close() override {
    transport().close();
    waiting_.reset();
    closed_ = true;
  }

  void cut() override {
    if constexpr (!kTls) {
      if (reading_ && (number_ == 0 || buffer_.size() > 0 || parser_->got_some())) come_again();
    }
    close();
  }

  void answer(std::uint64_t number, Response response) override {
    if (!waiting_ || number != number_) return;
    const auto self = std::exchange(waiting_, nullptr);
    write(std::move(response), parser_->keep_alive());
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  auto self() { return this->shared_from_this(); }
  PlainStream& transport() { return beast::get_lowest_layer(stream_); }
  void expires_after(Duration limit) { transport().expires_after(limit); }

  void on_handshake(error_code error) {
    if (error) {
      settings_.log.debug("http.handshake_failed", "a TLS connection was not established",
                          {{"peer", peer_}, {"error", error.message()}});
      return;
    }
    peer_certificate_ = peer_certificate_of(stream_.native_handle());
    place_->wait();  // it gets on
    read_header();
  }

  void read_header() {
    if (buffer_.size() == 0 && buffer_.capacity() > kIdleBuffer) buffer_.shrink_to_fit();
    parser_.emplace(settings_.server.max_header, settings_.server.max_body);
    // A request that cannot be parsed must not get an answer in the manner of the request before.
    version_ = kNewestVersion;
    head_ = false;
    reading_ = true;
    expires_after(settings_.server.idle_timeout);
    buffer_.size() == 0 ? read() : parse();
  }

  // Beast's functions for a whole header or body are not used: they hide the octets that they hold.
  void read() {
    const std::size_t most = buffer_.max_size() - buffer_.size();
    if (most == 0) return refuse_unreadable(beast::http::error::buffer_overflow);
    const std::size_t room = std::max(kLeastRead, buffer_.capacity() - buffer_.size());
    stream_.async_read_some(buffer_.prepare(std::min(room, most)),
                            [self = self()](error_code error, std::size_t size) {
                              if (error) return;  // the connection is gone, or took too long
                              self->buffer_.commit(size);
                              self->parse();
                            });
    charge();
  }

  void parse() {
    const bool had_header = parser_->is_header_done();
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == beast::http::error::need_more) return read();
    if (error) return refuse_unreadable(error);
    if (!had_header) return on_header();
    parser_->is_done() ? call_handler() : read();
  }

  void on_header() {
    const auto& head = parser_->head();
    version_ = head.version;
    head_ = head.request.method == "HEAD";
    if (const auto broken = broken_rule(head)) return refuse(broken->status, broken->why);
    if (parser_->is_done()) return call_handler();
    place_->wait();  // it gets on
    if (expects_continue(head)) return send_continue();
    read_body();
  }

  void send_continue() {
    expires_after(settings_.server.transfer_timeout);
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = self()](error_code error, std::size_t /*size*/) {
                        if (!error) self->read_body();
                      });
  }

  void read_body() {
    parser_->eager(true);  // all that has come, not one part of it
    // The body does not need the memory of a long header.
    if (buffer_.size() == 0 && buffer_.capacity() > kRoomAhead) buffer_.shrink_to_fit();
    const std::uint64_t rest = parser_->content_length_remaining().value_or(0);
    buffer_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(rest, kRoomAhead)));
    expires_after(settings_.server.transfer_timeout);
    buffer_.size() == 0 ? read() : parse();
  }

  // Until the answer nothing more is read: what the client sends ahead waits in the kernel.
  void call_handler() {
    reading_ = false;
    request_octets_ = parser_->held();
    charge();
    if (closed_) return;
    place_->owe();
    Request request = to_request(parser_->take());
    const std::string path = request.path;
    request.peer = peer_;
    request.peer_certificate = peer_certificate_;
    transport().expires_never();
    const auto self = this->self();
    waiting_ = self;
    const RequestId id{id_, ++number_};
    try {
      settings_.handler.handle(std::move(request), settings_.gate.reply_to(id));
    } catch (const std::exception& failure) {
      settings_.log.error("http.handler_failed", "an HTTP request could not be answered",
                          {{"path", path}, {"error", failure.what()}});
      answer(id.number, text_response(500, "internal error"));
    }
  }

  void refuse(unsigned status, const std::string& why) {
    reading_ = false;
    write(text_response(status, why), false);
  }

  void refuse_unreadable(error_code error) {
    using Problem = beast::http::error;
    if (error == Problem::header_limit || error == Problem::buffer_overflow) {
      return refuse(431, "a header, or the line of a chunk, is too large");
    }
    if (error == Problem::body_limit) return refuse(413, "the body is too large");
    refuse(400, "not a valid HTTP request: " + error.message());
  }

  void write(Response response, bool keep_alive) {
    keep_alive_ = keep_alive;
    answer_head_ = response_head(response, {version_, keep_alive});
    answer_body_ = head_ ? nullptr : std::move(response.body);
    answer_source_ = head_ ? nullptr : std::move(response.source);
    answer_sent_ = 0;
    expires_after(settings_.server.transfer_timeout);  // for all of it
    request_octets_ = 0;
    writing_ = true;
    if (answer_source_ && !read_piece()) return end_unreadable();
    send({asio::buffer(answer_head_), answer_body_ ? asio::buffer(*answer_body_) : piece()});
    // Only now can it be cut: what the kernel takes at once is on its way.
    place_->wait();
    charge();
  }

  void send(const std::array<asio::const_buffer, 2>& wire) {
    asio::async_write(stream_, wire, [self = self()](error_code error, std::size_t /*size*/) {
      self->on_written(error);
    });
  }

  [[nodiscard]] asio::const_buffer piece() const { return asio::buffer(answer_piece_); }

  // The next piece of the file, empty at its end. False: it cannot be read.
  bool read_piece() {
    const std::uint64_t rest = answer_source_->size() - answer_sent_;
    answer_piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(rest, kFilePiece)));
    const bool read = answer_source_->read(answer_sent_, answer_piece_);
    answer_sent_ += answer_piece_.size();
    return read;
  }

  void on_written(error_code error) {
    if (!error && answer_source_ && answer_sent_ < answer_source_->size()) {
      if (!read_piece()) return end_unreadable();
      return send({piece(), asio::const_buffer()});
    }
    answer_body_.reset();
    forget_source();
    writing_ = false;
    if (error) return;
    if (keep_alive_) return read_header();
    shut_down();
  }

  void forget_source() {
    answer_source_.reset();
    answer_piece_ = Bytes();
  }

  // The head has promised more octets than there are.
  void end_unreadable() {
    settings_.log.error("http.file_unreadable", "a file could not be read while it was sent",
                        {{"peer", peer_}});
    forget_source();
    close();
  }

  void shut_down() {
    expires_after(settings_.server.idle_timeout);
    if constexpr (kTls) {
      stream_.async_shutdown([self = self()](error_code /*error*/) { self->finish(); });
    } else {
      finish();
    }
  }

  void finish() {
    error_code ignored;
    transport().socket().shutdown(Socket::shutdown_send, ignored);
    discarded_.resize(kDrainedAtOnce);
    charge();
    drain();
  }

  // At once or not at all: the server does not wait for a client that it cuts.
  void come_again() {
    error_code ignored;
    auto& socket = transport().socket();
    socket.non_blocking(true, ignored);
    static const std::string answer = too_many_connections();
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
  }

  // Octets that the kernel holds for this client: its whole buffers while a write does not end,
  // else those that the client has not acknowledged.
  std::size_t in_kernel() {
    if (writing_) return kKernelOctets;
    if (number_ == 0) return 0;
    return unacknowledged_octets(transport().socket().native_handle());
  }

  // The connection does not pay for a body that other answers share.
  void charge() {
    std::size_t octets = kTls ? kTlsConnectionOctets : kPlainConnectionOctets;
    octets += buffer_.capacity() + (reading_ ? parser_->held() : request_octets_);
    octets += in_kernel() + answer_head_.capacity() + discarded_.capacity();
    octets += answer_piece_.capacity();
    if (answer_body_.use_count() == 1) octets += answer_body_->size();
    place_->hold(octets);
  }

  void drain() {
    transport().async_read_some(asio::buffer(discarded_),
                                [self = self()](error_code error, std::size_t size) {
                                  self->drained_ += size;
                                  if (!error && self->drained_ <= kMostDrained) self->drain();
                                });
  }

  Stream stream_;
  const SessionSettings& settings_;
  const std::uint64_t id_;
  const std::unique_ptr<ConnectionPlace> place_;
  const std::string peer_;
  std::shared_ptr<const Bytes> peer_certificate_;
  beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::shared_ptr<HttpSession> waiting_;  // itself, while a handler owes the answer
  std::uint64_t number_ = 0;              // of the request that was read last
  std::size_t request_octets_ = 0;        // of the one that the handler has
  std::string answer_head_;
  std::shared_ptr<const Bytes> answer_body_;
  SharedBytes answer_source_;
  std::uint64_t answer_sent_ = 0;  // of answer_source_, the present piece included
  Bytes answer_piece_;
  Bytes discarded_;
  std::size_t drained_ = 0;
  unsigned version_ = kNewestVersion;
  bool head_ = false;
  bool keep_alive_ = false;
  bool writing_ = false;
  bool reading_ = false;  // a request, or waiting for its first octet
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Session> make_session(Connection connection, const SessionSettings& settings) {
  PlainStream stream(std::move(connection.socket));
  if (connection.tls == nullptr) {
    return std::make_shared<HttpSession<PlainStream>>(std::move(stream), settings,
                                                      std::move(connection));
  }
  return std::make_shared<HttpSession<TlsStream>>(TlsStream(std::move(stream), *connection.tls),
                                                  settings, std::move(connection));
}

}  // namespace certconnector::http
