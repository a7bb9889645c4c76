#include "tests/agent/control/local_peers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "agent/control/posix/socket_stream.h"
#include "agent/control/posix/unix_address.h"
#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::testing {

std::unique_ptr<control::OctetStream> connect_raw(const std::string& address) {
  platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto there = control::unix_address(address).value();
  const int code =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof(there));
  EXPECT_EQ(code, 0);
  if (code != 0 || ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) return nullptr;
  return std::make_unique<control::SocketStream>(std::move(socket));
}

std::shared_ptr<void> listen_in_silence(const std::string& address) {
  auto listener =
      std::make_shared<platform::FileDescriptor>(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto here = control::unix_address(address).value();
  EXPECT_EQ(::bind(listener->get(), reinterpret_cast<const sockaddr*>(&here), sizeof(here)), 0);
  EXPECT_EQ(::listen(listener->get(), 1), 0);
  return listener;
}

}  // namespace certconnector::testing
