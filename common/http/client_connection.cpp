#include "common/http/client_connection.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/http/client_tls.h"
#include "common/http/server.h"
#include "common/net/address/host_port.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using SystemError = boost::system::error_code;

// A server that listens on all addresses answers on the loopback address.
asio::ip::address reachable(const asio::ip::address& address) {
  if (!address.is_unspecified()) return address;
  if (address.is_v6()) return asio::ip::address_v6::loopback();
  return asio::ip::address_v4::loopback();
}

using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<PlainStream>;
using Message = beast::http::request<beast::http::string_body>;
using Parser = beast::http::response_parser<beast::http::string_body>;

// One request with its answer.
struct Turn {
  Turn(const Request& request, const Peer& peer, std::size_t octets, AfterAnswer after) {
    const std::string query = request.query.empty() ? "" : "?" + request.query;
    message.method_string(request.method);
    message.target(request.path + query);
    message.version(11);
    message.set(beast::http::field::host, net::host_port_text(peer.address, peer.port));
    message.keep_alive(after == AfterAnswer::keep);
    for (const auto& [name, value] : request.headers) message.set(name, value);
    message.body() = request.body;
    message.prepare_payload();
    parser.body_limit(octets);
  }

  Response response() {
    const auto& answer = parser.get();
    Response out;
    out.status = answer.result_int();
    out.content_type = std::string(answer[beast::http::field::content_type]);
    out.body = std::make_shared<const Bytes>(answer.body().begin(), answer.body().end());
    return out;
  }

  Message message;
  Parser parser;
};

struct Transport {
  asio::io_context io;
  TlsContext context;  // outlives the stream
};

template <typename Stream>
class StreamConnection final : public ClientConnection {
 public:
  StreamConnection(std::unique_ptr<Transport> transport, Stream stream, Peer peer)
      : transport_(std::move(transport)), stream_(std::move(stream)), peer_(std::move(peer)) {}

  Status open(const Endpoints& endpoints, const ExchangeLimits& limits) override {
    beast::get_lowest_layer(stream_).expires_at(limits.deadline);
    beast::get_lowest_layer(stream_).async_connect(
        endpoints, [this](SystemError error, const asio::ip::tcp::endpoint& /*reached*/) {
          if (!ended("connecting", error)) connected();
        });
    return run(limits);
  }

  Result<Response> exchange(const Request& request, const ExchangeLimits& limits,
                            AfterAnswer after) override {
    kept_ = false;
    beast::get_lowest_layer(stream_).expires_at(limits.deadline);
    turn_.emplace(request, peer_, limits.octets, after);
    write();
    CC_TRY(run(limits));
    kept_ = after == AfterAnswer::keep && turn_->parser.get().keep_alive();
    return turn_->response();
  }

  [[nodiscard]] bool is_kept() const override { return kept_; }

 private:
  Status run(const ExchangeLimits& limits) {
    transport_->io.restart();
    const auto stopped = limits.stop.on_stop([this] { transport_->io.stop(); });
    transport_->io.run();
    if (limits.stop.stop_requested()) failure_ = "the agent stops";
    if (failure_.empty()) return {};
    return Error(failed_by_, ErrorKind::transient, failure_);
  }

  bool ended(const char* doing, SystemError error) {
    if (!error) return false;
    failure_ = std::string(doing) + ": " + error.message();
    return true;
  }

  void connected() {
    if constexpr (std::is_same_v<Stream, TlsStream>) shake_hands();
  }

  void shake_hands() {
    expect_peer(stream_.native_handle(), *peer_.tls);
    stream_.async_handshake(asio::ssl::stream_base::client, [this](SystemError error) {
      if (!ended("the TLS handshake", error)) return;
      const std::string why = why_not_trusted(stream_.native_handle());
      if (why.empty()) return;
      failure_ = "the server's TLS certificate is not trusted: " + why;
      failed_by_ = HttpErrc::untrusted;
    });
  }

  void write() {
    beast::http::async_write(stream_, turn_->message, [this](SystemError error, std::size_t) {
      if (!ended("writing the request", error)) read();
    });
  }

  // The head alone first: Beast 1.74 forgets that a Content-Length is over the limit when it has
  // octets of the body at hand and parses on.
  void read() {
    beast::http::async_read_header(stream_, buffer_, turn_->parser,
                                   [this](SystemError error, std::size_t) {
                                     if (!ended("reading the answer", error)) read_body();
                                   });
  }

  void read_body() {
    beast::http::async_read(stream_, buffer_, turn_->parser,
                            [this](SystemError error, std::size_t) {
                              static_cast<void>(ended("reading the answer", error));
                            });
  }

  const std::unique_ptr<Transport> transport_;  // outlives the stream
  Stream stream_;
  const Peer peer_;
  std::optional<Turn> turn_;
  beast::flat_buffer buffer_;
  HttpErrc failed_by_ = HttpErrc::no_answer;
  std::string failure_;
  bool kept_ = false;
};

}  // namespace

ExchangeLimits limits_from_now(const FetchLimits& limits) {
  return {std::chrono::steady_clock::now() + limits.time, limits.octets, limits.stop};
}

std::unique_ptr<ClientConnection> make_client_connection(const Peer& peer, TlsContext context) {
  auto transport = std::make_unique<Transport>();
  transport->context = std::move(context);
  asio::io_context& io = transport->io;
  if (!peer.tls) {
    return std::make_unique<StreamConnection<PlainStream>>(std::move(transport), PlainStream(io),
                                                           peer);
  }
  TlsStream stream(io, *transport->context);
  return std::make_unique<StreamConnection<TlsStream>>(std::move(transport), std::move(stream),
                                                       peer);
}

std::optional<Endpoints> endpoints_of_ip(const std::string& address, std::uint16_t port) {
  SystemError error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return std::nullopt;
  return Endpoints::create({reachable(ip), port}, address, "");
}

Result<Endpoints> resolve(const std::string& address, std::uint16_t port) {
  if (auto endpoints = endpoints_of_ip(address, port)) return *endpoints;
  SystemError error;
  asio::io_context io;
  auto found = asio::ip::tcp::resolver(io).resolve(address, std::to_string(port), error);
  if (!error) return found;
  return Error(HttpErrc::no_answer, ErrorKind::transient,
               "looking up " + address + ": " + error.message());
}

}  // namespace certconnector::http
