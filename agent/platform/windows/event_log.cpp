#include "agent/platform/windows/event_log.h"

#include <algorithm>

#include "agent/platform/windows/service_name.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// As the MSI enters it.
constexpr const wchar_t* kEventSource = kServiceName;
constexpr const wchar_t* kEventSourceKey =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\CertificateConnector";
constexpr std::size_t kLongestEvent = 31000;  // the system takes 31,839 characters
constexpr unsigned kSeverityBits = 30;

WORD type_of(EventKind kind) {
  switch (kind) {
    case EventKind::information:
      return EVENTLOG_INFORMATION_TYPE;
    case EventKind::warning:
      return EVENTLOG_WARNING_TYPE;
    case EventKind::error:
      return EVENTLOG_ERROR_TYPE;
  }
  return EVENTLOG_ERROR_TYPE;
}

// The viewer would put a text of the system in the place of "%%123".
std::wstring shown(const std::string& text) {
  std::wstring safe = wide(text).substr(0, kLongestEvent);
  for (std::size_t at = safe.find(L"%%"); at != std::wstring::npos; at = safe.find(L"%%", at + 1)) {
    safe.insert(at + 1, 1, L' ');
  }
  return safe;
}

DWORD set_text(HKEY key, const wchar_t* name, const std::wstring& text) {
  return static_cast<DWORD>(
      ::RegSetValueExW(key, name, 0, REG_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                       static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t))));
}

}  // namespace

EventLog::EventLog() : source_(::RegisterEventSourceW(nullptr, kEventSource)) {}

EventLog::~EventLog() {
  if (source_ != nullptr) ::DeregisterEventSource(source_);
}

void EventLog::report(EventKind kind, std::uint16_t id, const std::string& text) const {
  if (source_ == nullptr) return;
  const std::wstring safe = shown(text);
  const wchar_t* words = safe.c_str();
  // As the message file has it: the severity stands above the id.
  const DWORD message = (static_cast<DWORD>(kind) << kSeverityBits) | id;
  ::ReportEventW(source_, type_of(kind), 0, message, nullptr, 1, 0, &words, nullptr);
}

Status register_event_source(const std::string& program) {
  HKEY key = nullptr;
  auto failed = static_cast<DWORD>(::RegCreateKeyExW(
      HKEY_LOCAL_MACHINE, kEventSourceKey, 0, nullptr, 0, KEY_SET_VALUE, nullptr, &key, nullptr));
  if (failed != ERROR_SUCCESS) return system_error(failed, "enter the source of events");
  std::wstring file = wide(program);
  std::replace(file.begin(), file.end(), L'/', L'\\');
  const DWORD types = EVENTLOG_INFORMATION_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_ERROR_TYPE;
  failed = set_text(key, L"EventMessageFile", file);
  if (failed == ERROR_SUCCESS) {
    failed =
        static_cast<DWORD>(::RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD,
                                            reinterpret_cast<const BYTE*>(&types), sizeof(types)));
  }
  ::RegCloseKey(key);
  if (failed != ERROR_SUCCESS) return system_error(failed, "enter the source of events");
  return {};
}

Status remove_event_source() {
  const auto failed = static_cast<DWORD>(::RegDeleteKeyW(HKEY_LOCAL_MACHINE, kEventSourceKey));
  if (failed == ERROR_SUCCESS || failed == ERROR_FILE_NOT_FOUND) return {};
  return system_error(failed, "remove the source of events");
}

}  // namespace certconnector::platform
