// Everything outside the process that the program uses, so that tests can replace it.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "agent/cli/paint.h"
#include "agent/control/control_client.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::cli {

struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool color = false;  // `out` is a terminal and NO_COLOR is not set
  const Clock& clock;
  std::string socket_path;     // from CERTCONNECTOR_SOCKET; empty: not set
  std::string working_folder;  // absolute

  std::function<Result<std::unique_ptr<control::ControlClient>>(const std::string& path)> connect;
  // Replaces this program by certconnectord with these arguments. Returns only when that fails.
  std::function<Error(const std::vector<std::string>& arguments)> become_daemon;
  // Called between two screens of `status --watch`; false ends it.
  std::function<bool()> wait_for_next_screen;

  std::size_t width = kScreenWidth;  // of `out` in columns; no limit when it is not a terminal
  std::chrono::milliseconds progress_every{2000};  // a line for the person who waits
  bool out_steers = false;  // `out` is a terminal that takes escape sequences
};

}  // namespace certconnector::cli
