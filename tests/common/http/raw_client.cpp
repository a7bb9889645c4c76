#include "tests/common/http/raw_client.h"

#include <array>
#include <boost/asio/detail/socket_ops.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

namespace certconnector::http::testing {
namespace {

using boost::asio::ip::tcp;
using SystemError = boost::system::error_code;
// Asio's calls of the system, the same everywhere. A socket of Asio itself has an event loop, and
// some tests have thousands of clients.
namespace calls = boost::asio::detail::socket_ops;

// Without it the end of what the other side sends is no error.
constexpr calls::state_type kStream = calls::stream_oriented;

// A server that says nothing fails the test instead of hanging it.
constexpr int kPatience = 20000;

void require(const SystemError& error, const char* doing) {
  if (error) throw boost::system::system_error(error, doing);
}

tcp::endpoint endpoint(const char* address, std::uint16_t port) {
  return {boost::asio::ip::make_address_v4(address), port};
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const char* source) {
  SystemError error;
  socket_ = calls::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP, error);
  require(error, "socket");
  if (source != nullptr) {
    const tcp::endpoint from = endpoint(source, 0);
    calls::bind(socket_, from.data(), from.size(), error);
    require(error, "bind");
  }
  const tcp::endpoint to = endpoint("127.0.0.1", port);
  calls::connect(socket_, to.data(), to.size(), error);
  require(error, "connect");
}

RawClient::~RawClient() {
  SystemError ignored;
  calls::state_type state = kStream;
  calls::close(socket_, state, true, ignored);
}

bool RawClient::send(std::string_view octets) const {
  while (!octets.empty()) {
    SystemError failed;
    const std::size_t sent =
        calls::sync_send1(socket_, kStream, octets.data(), octets.size(), 0, failed);
    if (failed) return false;
    octets.remove_prefix(sent);
  }
  return true;
}

void RawClient::finish_sending() const {
  SystemError ignored;
  calls::shutdown(socket_, boost::asio::socket_base::shutdown_send, ignored);
}

void RawClient::send_without_delay() const {
  SystemError failed;
  calls::state_type state = kStream;
  const int on = 1;
  calls::setsockopt(socket_, state, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on, failed);
  require(failed, "setsockopt");
}

void RawClient::reset_at_the_end() const {
  SystemError failed;
  calls::state_type state = kStream;
  const boost::asio::socket_base::linger at_once(true, 0);
  calls::setsockopt(socket_, state, SOL_SOCKET, SO_LINGER, at_once.data(tcp::v4()),
                    at_once.size(tcp::v4()), failed);
  require(failed, "setsockopt");
}

bool RawClient::readable_within(int milliseconds) const {
  SystemError ignored;
  return calls::poll_read(socket_, kStream, milliseconds, ignored) > 0;
}

std::string RawClient::read_to_end() const { return read_until({}); }

std::string RawClient::read_until(std::string_view text) const {
  std::string all;
  std::array<char, 4096> part{};
  while (text.empty() || all.find(text) == std::string::npos) {
    if (!readable_within(kPatience))
      throw std::runtime_error("the server neither answered nor closed");
    SystemError ended;
    all.append(part.data(),
               calls::sync_recv1(socket_, kStream, part.data(), part.size(), 0, ended));
    if (ended) break;
  }
  return all;
}

}  // namespace certconnector::http::testing
