#include "tests/common/net/scripted_proxy.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "common/text/base64.h"

namespace certconnector::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

void send_text(tcp::socket& socket, const std::string& text) {
  SystemError ignored;
  asio::write(socket, asio::buffer(text), ignored);
}

// By the system's call, as another thread may be reading from the socket.
void shut_down(tcp::socket& socket) {
  SystemError ignored;
  asio::detail::socket_ops::shutdown(socket.native_handle(), tcp::socket::shutdown_both, ignored);
}

// Moves what comes from one side to the other until one is done, and then ends both.
void forward(tcp::socket& from, tcp::socket& to) {
  std::array<char, 16384> buffer{};
  SystemError ended;
  while (!ended) {
    const std::size_t count = from.read_some(asio::buffer(buffer), ended);
    if (!ended) asio::write(to, asio::buffer(buffer.data(), count), ended);
  }
  shut_down(from);
  shut_down(to);
}

void relay(tcp::socket& client, tcp::socket& server) {
  std::thread back([&] { forward(server, client); });
  forward(client, server);
  back.join();
}

}  // namespace

struct ScriptedProxy::Parts {
  asio::io_context io;
  tcp::acceptor listener{io, loopback(0)};
  tcp::socket client{io};
};

ScriptedProxy::ScriptedProxy(std::uint16_t target_port, std::string login)
    : target_port_(target_port),
      login_(std::move(login)),
      parts_(std::make_unique<Parts>()),
      port_(parts_->listener.local_endpoint().port()),
      thread_([this] { serve_all(); }) {}

ScriptedProxy::~ScriptedProxy() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shut_down(parts_->client);
  }
  // Wakes the acceptor: no call ends a wait for a client on every system.
  SystemError ignored;
  tcp::socket waking(parts_->io);
  waking.connect(loopback(port_), ignored);
  thread_.join();
}

std::string ScriptedProxy::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<std::string> ScriptedProxy::heads() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return heads_;
}

void ScriptedProxy::serve_all() {
  while (true) {
    SystemError failed;
    tcp::socket accepted = parts_->listener.accept(failed);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (failed || stopping_) return;
      parts_->client = std::move(accepted);
    }
    serve();
    const std::lock_guard<std::mutex> lock(mutex_);
    parts_->client.close(failed);
    if (stopping_) return;
  }
}

void ScriptedProxy::serve() {
  tcp::socket& client = parts_->client;
  std::string head;
  char octet = 0;
  SystemError ended;
  while (head.find("\r\n\r\n") == std::string::npos && !ended) {
    if (client.read_some(asio::buffer(&octet, 1), ended) == 1) head += octet;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    heads_.push_back(head);
  }
  if (!login_.empty() &&
      head.find("Basic " + text::to_base64(as_bytes(login_))) == std::string::npos) {
    return send_text(client,
                     "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
                     "realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
  }
  tcp::socket server(parts_->io);
  SystemError failed;
  server.connect(loopback(target_port_), failed);
  if (failed) return;
  send_text(client, "HTTP/1.1 200 Connection established\r\n\r\n");
  relay(client, server);
}

}  // namespace certconnector::testing
