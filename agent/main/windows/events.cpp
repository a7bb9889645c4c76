#include "agent/main/windows/events.h"

#include <algorithm>
#include <array>

namespace certconnector {
namespace {

using platform::EventKind;

struct Group {
  std::string_view name;  // what stands before the dot
  std::uint16_t id;
};

// Once published, an id keeps its meaning: monitoring looks for it.
constexpr std::uint16_t kOther = 1;
constexpr std::array kGroups{
    Group{"agent", 100},        Group{"storage", 110},   Group{"state", 110},
    Group{"clock", 120},        Group{"endpoint", 130},  Group{"lease", 130},
    Group{"report", 130},       Group{"challenge", 130}, Group{"ca", 140},
    Group{"job", 140},          Group{"settle", 110},    Group{"identity", 150},
    Group{"crl", 160},          Group{"scep", 170},      Group{"lineage", 170},
    Group{"registration", 170}, Group{"http", 180},      Group{"control", 190},
    Group{"reload", 190}};

std::uint16_t group_of(std::string_view event) {
  const std::string_view name = event.substr(0, event.find('.'));
  const auto* const found = std::find_if(kGroups.begin(), kGroups.end(),
                                         [&](const Group& group) { return group.name == name; });
  return found == kGroups.end() ? kOther : found->id;
}

}  // namespace

std::optional<WindowsEvent> windows_event(log::Level level, std::string_view event) {
  if (event == "agent.started") return WindowsEvent{EventKind::information, 10};
  if (event == "agent.stopped") return WindowsEvent{EventKind::information, 11};
  if (level == log::Level::error) return WindowsEvent{EventKind::error, group_of(event)};
  if (level == log::Level::warning) return WindowsEvent{EventKind::warning, group_of(event)};
  return std::nullopt;
}

}  // namespace certconnector
