#include "tests/common/net/scripted_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "common/text/base64.h"

namespace certconnector::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void send_text(int socket, const std::string& text) {
  static_cast<void>(send(socket, text.data(), text.size(), MSG_NOSIGNAL));
}

// Moves what has come from one side to the other; false when that side is done.
bool forward(int from, int to) {
  std::array<char, 16384> buffer{};
  const auto count = recv(from, buffer.data(), buffer.size(), 0);
  return count > 0 &&
         send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
}

void relay(int client, int server) {
  std::array<pollfd, 2> both{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  bool open = true;
  while (open && poll(both.data(), both.size(), -1) > 0) {
    if (both[0].revents != 0) open = forward(client, server);
    if (open && both[1].revents != 0) open = forward(server, client);
  }
}

}  // namespace

ScriptedProxy::ScriptedProxy(std::uint16_t target_port, std::string login)
    : target_port_(target_port),
      login_(std::move(login)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the scripted proxy cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve_all(); });
}

ScriptedProxy::~ScriptedProxy() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (client_ >= 0) shutdown(client_, SHUT_RDWR);
  }
  thread_.join();
  close(listener_);
}

std::string ScriptedProxy::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<std::string> ScriptedProxy::heads() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return heads_;
}

void ScriptedProxy::serve_all() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      client_ = client;
      if (client < 0) return;
      if (stopping_) shutdown(client, SHUT_RDWR);
    }
    serve(client);
    const std::lock_guard<std::mutex> lock(mutex_);
    close(client);
    client_ = -1;
    if (stopping_) return;
  }
}

void ScriptedProxy::serve(int client) {
  std::string head;
  char octet = 0;
  while (head.find("\r\n\r\n") == std::string::npos && recv(client, &octet, 1, 0) == 1)
    head += octet;
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
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    send_text(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    relay(client, server);
  }
  close(server);
}

}  // namespace certconnector::testing
