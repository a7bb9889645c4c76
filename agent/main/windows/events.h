// The lines of the log that go into Windows' event log as well, and their ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/platform/windows/event_log.h"
#include "common/log/log.h"

namespace certconnector {

struct WindowsEvent {
  platform::EventKind kind;
  std::uint16_t id;  // one of events.mc
};
// `event` is the dotted name of a line. Nothing: it goes into the log file alone.
[[nodiscard]] std::optional<WindowsEvent> windows_event(log::Level level, std::string_view event);

}  // namespace certconnector
