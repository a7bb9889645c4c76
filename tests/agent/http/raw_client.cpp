#include "tests/agent/http/raw_client.h"

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

}  // namespace

RawClient::RawClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  if (::connect(socket_, &generic, sizeof generic) != 0) throw std::runtime_error("cannot connect");
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
