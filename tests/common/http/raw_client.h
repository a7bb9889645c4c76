// A TCP client that sends exactly what a test says.
#pragma once

#include <boost/asio/detail/socket_types.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace certconnector::http::testing {

class RawClient {
 public:
  // Connects to 127.0.0.1, from another address of this machine where one is given; throws when it
  // cannot.
  explicit RawClient(std::uint16_t port, const char* source = nullptr);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the other side has closed.
  bool send(std::string_view octets) const;
  void finish_sending() const;
  // From now on even a few octets go at once.
  void send_without_delay() const;
  // The end of this object resets the connection.
  void reset_at_the_end() const;
  // Until the other side closes.
  [[nodiscard]] std::string read_to_end() const;
  // Until `text` has come, or the other side closes.
  [[nodiscard]] std::string read_until(std::string_view text) const;
  // Whether something can be read now or within the time given.
  [[nodiscard]] bool readable_within(int milliseconds) const;
  // As the system knows the socket.
  using Native = boost::asio::detail::socket_type;
  [[nodiscard]] Native native() const { return socket_; }

 private:
  Native socket_ = boost::asio::detail::invalid_socket;
};

}  // namespace certconnector::http::testing
