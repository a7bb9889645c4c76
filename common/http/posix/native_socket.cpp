#include "common/http/native_socket.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace certconnector::http {

boost::system::error_code claim_port(NativeSocket socket) {
  const int on = 1;
  if (::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0) return {};
  return {errno, boost::system::system_category()};
}

boost::system::error_code meaning_of_bind(const boost::system::error_code& error) { return error; }

// Asio accepts again by itself.
bool is_of_the_client(const boost::system::error_code&) { return false; }

std::string command_for_port(std::uint16_t port) {
  return "ss -ltnp 'sport = :" + std::to_string(port) + "'";
}

std::size_t unacknowledged_octets(NativeSocket socket) {
  int octets = 0;
  // NOLINTNEXTLINE(*-vararg)
  return ::ioctl(socket, SIOCOUTQ, &octets) == 0 ? static_cast<std::size_t>(octets) : 0;
}

}  // namespace certconnector::http
