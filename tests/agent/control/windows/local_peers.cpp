#include "tests/agent/control/local_peers.h"

#include <windows.h>
#include <gtest/gtest.h>

#include "agent/control/windows/pipe_instance.h"
#include "agent/control/windows/pipe_name.h"
#include "agent/control/windows/pipe_stream.h"
#include "agent/platform/windows/handle.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::testing {

std::unique_ptr<control::OctetStream> connect_raw(const std::string& address) {
  const std::wstring name = control::pipe_name(address).value();
  while (true) {
    platform::Handle pipe(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                        OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr));
    if (pipe.valid())
      return std::make_unique<control::PipeStream>(std::move(pipe), control::new_event());
    if (::GetLastError() != ERROR_PIPE_BUSY) break;
    ::WaitNamedPipeW(name.c_str(), NMPWAIT_WAIT_FOREVER);
  }
  ADD_FAILURE() << "nobody listens on " << address;
  return nullptr;
}

std::shared_ptr<void> listen_in_silence(const std::string& address) {
  const std::wstring name = control::pipe_name(address).value();
  control::ServerOptions options;
  options.socket_path = address;
  CapturingLogger logger;
  const std::wstring users = control::pipe_users(options, logger).value();
  auto pipe = control::new_instance(name, users, control::Instance::first);
  EXPECT_TRUE(pipe.ok());
  return std::make_shared<platform::Handle>(std::move(*pipe));
}

}  // namespace certconnector::testing
