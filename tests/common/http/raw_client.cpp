#include "tests/common/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace certconnector::http::testing {
namespace {

// A server that says nothing fails the test instead of hanging it.
constexpr int kPatience = 20000;

sockaddr ipv4(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, text, &address.sin_addr) != 1) {
    throw std::runtime_error("no IPv4 address");
  }
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  return generic;
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const char* source)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (source != nullptr) {
    const sockaddr from = ipv4(source, 0);
    if (::bind(socket_, &from, sizeof from) != 0) throw std::runtime_error("cannot bind");
  }
  const sockaddr to = ipv4("127.0.0.1", port);
  if (::connect(socket_, &to, sizeof to) != 0) throw std::runtime_error("cannot connect");
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::send(std::string_view octets) const {
  while (!octets.empty()) {
    const auto sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish_sending() const { ::shutdown(socket_, SHUT_WR); }

bool RawClient::readable_within(int milliseconds) const {
  pollfd waiting{socket_, POLLIN, 0};
  return ::poll(&waiting, 1, milliseconds) == 1;
}

std::string RawClient::read_to_end() const { return read_until({}); }

std::string RawClient::read_until(std::string_view text) const {
  std::string all;
  std::array<char, 4096> part{};
  while (text.empty() || all.find(text) == std::string::npos) {
    if (!readable_within(kPatience))
      throw std::runtime_error("the server neither answered nor closed");
    const auto size = ::recv(socket_, part.data(), part.size(), 0);
    if (size <= 0) break;
    all.append(part.data(), static_cast<std::size_t>(size));
  }
  return all;
}

}  // namespace certconnector::http::testing
