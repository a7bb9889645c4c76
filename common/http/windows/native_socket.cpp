#include "common/http/native_socket.h"

#include <windows.h>
#include <winsock2.h>

#include <boost/asio/error.hpp>

namespace certconnector::http {

boost::system::error_code claim_port(NativeSocket socket) {
  // SO_REUSEADDR here lets any other program take the port over.
  const BOOL on = TRUE;
  if (::setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char*>(&on),
                   sizeof(on)) == 0) {
    return {};
  }
  return {::WSAGetLastError(), boost::system::system_category()};
}

// What another program has for itself is forbidden, not in use; no port of Windows wants a
// privilege.
boost::system::error_code meaning_of_bind(const boost::system::error_code& error) {
  return error == boost::asio::error::access_denied ? boost::asio::error::address_in_use : error;
}

// Asio accepts again by itself after the first. Wine gives the last.
bool is_of_the_client(const boost::system::error_code& accepting) {
  switch (accepting.value()) {
    case ERROR_NETNAME_DELETED:
    case WSAECONNABORTED:
    case WSAECONNRESET:
    case WSAENOTCONN:
    case ERROR_UNEXP_NET_ERR:
      return true;
    default:
      return false;
  }
}

std::string command_for_port(std::uint16_t port) {
  return "netstat -ano | findstr :" + std::to_string(port);
}

// A write is in the count of its connection until it ends; what is left after it, Windows hides.
std::size_t unacknowledged_octets(NativeSocket) { return 0; }

}  // namespace certconnector::http
