// The log "Application" of Windows' event viewer.
#pragma once

#include <windows.h>

#include <cstdint>
#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

enum class EventKind : std::uint32_t { information = 1, warning = 2, error = 3 };

// Thread-safe. An event that the system does not take is lost: the log file has the same words.
class EventLog {
 public:
  // `source`: as the log knows it.
  explicit EventLog(const std::wstring& source);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void report(EventKind kind, std::uint16_t id, const std::string& text) const;

 private:
  HANDLE source_;
};

// Has the viewer find the texts of the source's events in that program or DLL. For administrators.
[[nodiscard]] Status register_event_source(const std::wstring& source, const std::string& program);
// No error where there is none.
[[nodiscard]] Status remove_event_source(const std::wstring& source);

}  // namespace certconnector::platform
