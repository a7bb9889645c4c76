// What sockets of systems differ in.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

namespace certconnector::http {

using NativeSocket = boost::asio::ip::tcp::acceptor::native_handle_type;

// Before bind(): nobody else may listen there beside us, and a restart need not wait until the
// connections of the program before are forgotten.
[[nodiscard]] boost::system::error_code claim_port(NativeSocket socket);
// What bind() meant.
[[nodiscard]] boost::system::error_code meaning_of_bind(const boost::system::error_code& error);
// Whether an accept failed since that client went away before its end, and not for want of
// something here.
[[nodiscard]] bool is_of_the_client(const boost::system::error_code& accepting);
// The command that shows who has the port.
[[nodiscard]] std::string command_for_port(std::uint16_t port);

// The octets that the other side has not acknowledged; 0 where the system does not say.
[[nodiscard]] std::size_t unacknowledged_octets(NativeSocket socket);

}  // namespace certconnector::http
