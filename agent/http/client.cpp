#include "agent/http/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "agent/http/server.h"

namespace certconnector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using SystemError = boost::system::error_code;

constexpr std::size_t kMaxAnswer = 1024UL * 1024;

// Whoever listens on all addresses is reached on this machine's own.
asio::ip::address reachable(const asio::ip::address& address) {
  if (!address.is_unspecified()) return address;
  if (address.is_v6()) return asio::ip::address_v6::loopback();
  return asio::ip::address_v4::loopback();
}

class Exchange {
 public:
  Exchange(const Request& request, Duration limit) : limit_(limit) {
    const std::string query = request.query.empty() ? "" : "?" + request.query;
    request_.method_string(request.method);
    request_.target(request.path + query);
    request_.version(11);
    request_.set(beast::http::field::host, "localhost");
    request_.set(beast::http::field::connection, "close");
    for (const auto& [name, value] : request.headers) request_.set(name, value);
    request_.body() = request.body;
    request_.prepare_payload();
    answer_.body_limit(kMaxAnswer);
  }

  Result<Response> run(const asio::ip::tcp::endpoint& peer) {
    stream_.expires_after(limit_);
    stream_.async_connect(peer, [this](SystemError error) {
      if (!ended("connecting", error)) write();
    });
    io_.run();
    if (failure_.empty()) return response();
    return Error(HttpErrc::no_answer, ErrorKind::transient, failure_);
  }

 private:
  bool ended(const char* doing, SystemError error) {
    if (!error) return false;
    failure_ = std::string(doing) + ": " + error.message();
    return true;
  }

  void write() {
    stream_.expires_after(limit_);
    beast::http::async_write(stream_, request_, [this](SystemError error, std::size_t) {
      if (!ended("writing the request", error)) read();
    });
  }

  void read() {
    stream_.expires_after(limit_);
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

  Duration limit_;
  asio::io_context io_;
  beast::tcp_stream stream_{io_};
  beast::http::request<beast::http::string_body> request_;
  beast::flat_buffer buffer_;
  beast::http::response_parser<beast::http::string_body> answer_;
  std::string failure_;
};

}  // namespace

Result<Response> fetch(const Peer& peer, const Request& request, Duration limit) {
  SystemError error;
  const auto address = asio::ip::make_address(peer.address, error);
  if (error) {
    return Error(HttpErrc::bad_address, ErrorKind::permanent,
                 "'" + peer.address + "' is no IP address");
  }
  return Exchange(request, limit).run({reachable(address), peer.port});
}

}  // namespace certconnector::http
