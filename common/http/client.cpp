#include "common/http/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
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
using SteadyTime = std::chrono::steady_clock::time_point;
using Endpoints = asio::ip::tcp::resolver::results_type;

// A server that listens on all addresses answers on the loopback address.
asio::ip::address reachable(const asio::ip::address& address) {
  if (!address.is_unspecified()) return address;
  if (address.is_v6()) return asio::ip::address_v6::loopback();
  return asio::ip::address_v4::loopback();
}

struct Limits {
  SteadyTime deadline;
  std::size_t octets;
  StopToken stop;
};

using PlainConnection = beast::tcp_stream;
using TlsConnection = asio::ssl::stream<PlainConnection>;

template <typename Stream>
class Exchange {
 public:
  Exchange(asio::io_context& io, Stream stream, const Peer& peer, const Request& request,
           const Limits& limits)
      : io_(io), stream_(std::move(stream)), peer_(peer), stop_(limits.stop) {
    beast::get_lowest_layer(stream_).expires_at(limits.deadline);
    const std::string query = request.query.empty() ? "" : "?" + request.query;
    request_.method_string(request.method);
    request_.target(request.path + query);
    request_.version(11);
    request_.set(beast::http::field::host, net::host_port_text(peer.address, peer.port));
    request_.set(beast::http::field::connection, "close");
    for (const auto& [name, value] : request.headers) request_.set(name, value);
    request_.body() = request.body;
    request_.prepare_payload();
    answer_.body_limit(limits.octets);
  }

  Result<Response> run(const Endpoints& endpoints) {
    beast::get_lowest_layer(stream_).async_connect(
        endpoints, [this](SystemError error, const asio::ip::tcp::endpoint& /*reached*/) {
          if (!ended("connecting", error)) connected();
        });
    const auto stopped = stop_.on_stop([this] { io_.stop(); });
    io_.run();
    if (stop_.stop_requested()) failure_ = "the agent stops";
    if (failure_.empty()) return response();
    return Error(failed_by_, ErrorKind::transient, failure_);
  }

 private:
  bool ended(const char* doing, SystemError error) {
    if (!error) return false;
    failure_ = std::string(doing) + ": " + error.message();
    return true;
  }

  void connected() {
    if constexpr (std::is_same_v<Stream, TlsConnection>) {
      shake_hands();
    } else {
      write();
    }
  }

  void shake_hands() {
    expect_peer(stream_.native_handle(), *peer_.tls);
    stream_.async_handshake(asio::ssl::stream_base::client, [this](SystemError error) {
      if (!ended("the TLS handshake", error)) return write();
      const std::string why = why_not_trusted(stream_.native_handle());
      if (why.empty()) return;
      failure_ = "the server's TLS certificate is not trusted: " + why;
      failed_by_ = HttpErrc::untrusted;
    });
  }

  void write() {
    beast::http::async_write(stream_, request_, [this](SystemError error, std::size_t) {
      if (!ended("writing the request", error)) read();
    });
  }

  // The head alone first: Beast 1.74 forgets that a Content-Length is over the limit when it has
  // octets of the body at hand and parses on.
  void read() {
    beast::http::async_read_header(stream_, buffer_, answer_,
                                   [this](SystemError error, std::size_t) {
                                     if (!ended("reading the answer", error)) read_body();
                                   });
  }

  void read_body() {
    beast::http::async_read(stream_, buffer_, answer_, [this](SystemError error, std::size_t) {
      static_cast<void>(ended("reading the answer", error));
    });
  }

  Response response() {
    const auto& message = answer_.get();
    Response out;
    out.status = message.result_int();
    out.content_type = std::string(message[beast::http::field::content_type]);
    out.body = std::make_shared<const Bytes>(message.body().begin(), message.body().end());
    return out;
  }

  asio::io_context& io_;
  Stream stream_;
  const Peer& peer_;
  const StopToken stop_;
  beast::http::request<beast::http::string_body> request_;
  beast::flat_buffer buffer_;
  beast::http::response_parser<beast::http::string_body> answer_;
  HttpErrc failed_by_ = HttpErrc::no_answer;
  std::string failure_;
};

Result<Endpoints> resolve(asio::io_context& io, const Peer& peer) {
  SystemError error;
  const auto address = asio::ip::make_address(peer.address, error);
  if (!error) {
    return Endpoints::create({reachable(address), peer.port}, peer.address, "");
  }
  auto found = asio::ip::tcp::resolver(io).resolve(peer.address, std::to_string(peer.port), error);
  if (!error) return found;
  return Error(HttpErrc::no_answer, ErrorKind::transient,
               "looking up " + peer.address + ": " + error.message());
}

}  // namespace

Result<Response> fetch(const Peer& peer, const Request& request, Duration limit) {
  FetchLimits limits;
  limits.time = limit;
  return fetch(peer, request, limits);
}

Result<Response> fetch(const Peer& peer, const Request& request, const FetchLimits& limits) {
  const Limits until{std::chrono::steady_clock::now() + limits.time, limits.octets, limits.stop};
  asio::io_context io;
  CC_TRY_ASSIGN(const Endpoints endpoints, resolve(io, peer));
  if (!peer.tls) {
    return Exchange<PlainConnection>(io, PlainConnection(io), peer, request, until).run(endpoints);
  }
  CC_TRY_ASSIGN(const TlsContext context, make_client_context(*peer.tls, peer.certificate));
  return Exchange<TlsConnection>(io, TlsConnection(io, *context), peer, request, until)
      .run(endpoints);
}

}  // namespace certconnector::http
