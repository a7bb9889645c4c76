// The whole program in front of a real control server with a fake agent behind it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "agent/cli/cli.h"
#include "agent/control/command_dispatcher.h"
#include "agent/control/local_server.h"
#include "tests/agent/control/fakes.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/memory_certificate_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/local_address.h"
#include "tests/support/temp_directory.h"

namespace certconnector::testing {

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    agent_.view = example_view();
    options_.socket_path = local_address(folder_);
    options_.group = "no-such-group-here";
  }

  void start_agent() {
    auto server = control::start_local_server(options_, dispatcher_, peers_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
  }

  // The exit code; what was printed is in out_ and err_.
  int run(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    cli::Surroundings around{in,
                             out,
                             err,
                             terminal_,
                             color_,
                             clock_,
                             options_.socket_path,
                             folder_.path().generic_u8string(),
                             connect_,
                             [this](const std::vector<std::string>& words) {
                               daemon_arguments_ = words;
                               return Error(FakeErrc::refused, ErrorKind::permanent,
                                            "cannot start certconnectord");
                             },
                             [this] { return --screens_ > 0; }};
    around.out_steers = out_steers_;
    around.progress_every = std::chrono::milliseconds(1);
    const auto code = cli::run(arguments, around);
    out_ = out.str();
    err_ = err.str();
    return static_cast<int>(code);
  }

  bool out_steers_ = false;
  std::function<Result<std::unique_ptr<control::ControlClient>>(const std::string& path)> connect_ =
      control::connect_control;
  TempDirectory folder_;
  FakeOperations agent_;
  FakeChallenges challenges_ = example_challenges();
  FakeScep scep_;
  CannedJobStore store_;
  FakeEnrollmentLedger enrollments_;
  ca::testing::MemoryCertificateStore certificates_;
  FakeClock clock_;
  CapturingLogger logger_;
  FakePeerCheck peers_;
  control::ServerOptions options_;
  control::CommandDispatcher dispatcher_{
      dispatcher_parts(agent_, {store_, enrollments_, certificates_}, challenges_, scep_, clock_),
      logger_};
  std::unique_ptr<control::LocalServer> server_;
  bool color_ = false;
  bool terminal_ = false;  // a person types the input
  int screens_ = 1;
  std::vector<std::string> daemon_arguments_;
  std::string out_, err_;
};

class CliWithAgent : public CliTest {
 protected:
  CliWithAgent() { start_agent(); }
};

}  // namespace certconnector::testing
