// Everything outside the process that the checks ask, so that tests can replace it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/config/settings.h"
#include "agent/control/control_client.h"
#include "agent/doctor/windows_server.h"
#include "agent/keys/machine_store.h"
#include "common/http/client.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::doctor {

// All outlive the doctor. Functions may block for the seconds that their caller's limits say.
struct Parts {
  const Clock& clock;
  const keys::MachineStore& store;
  StopToken stop = {};
  std::function<Result<std::unique_ptr<control::ControlClient>>(const std::string& socket)> connect;
  // The addresses of a host, as text; at least one.
  std::function<Result<std::vector<std::string>>(const std::string& host, std::uint16_t port)>
      look_up;
  std::function<Result<http::Response>(const http::Peer& peer, const http::Request& request,
                                       const http::FetchLimits& limits)>
      fetch;
  // Whether a server can listen at "host:port" now.
  std::function<Status(const std::string& address)> try_to_listen;
  std::function<Result<std::uint64_t>(const std::string& path)> free_room;  // octets
  // Nothing: this system does not tell.
  std::function<std::optional<bool>()> clock_is_synchronized;
  std::shared_ptr<const WindowsServer> windows = nullptr;  // null: this is no Windows
};

// Those of this machine.
[[nodiscard]] Parts parts_of_machine(const Clock& clock, const keys::MachineStore& store);

// The examined agent.
struct Subject {
  std::string configuration_file;
  const config::Settings& settings;
};

}  // namespace certconnector::doctor
