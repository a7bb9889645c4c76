#include "agent/platform/windows/event_log.h"

#include <algorithm>

#include "agent/platform/windows/registry.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// As the MSI enters it.
constexpr const wchar_t* kSources = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\";
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

}  // namespace

EventLog::EventLog(const std::wstring& source)
    : source_(::RegisterEventSourceW(nullptr, source.c_str())) {}

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

Status register_event_source(const std::wstring& source, const std::string& program) {
  CC_TRY_ASSIGN(RegistryKey key, RegistryKey::make(kSources + source));
  std::string file = program;
  std::replace(file.begin(), file.end(), '/', '\\');
  CC_TRY(key.set_text(L"EventMessageFile", file));
  return key.set_number(L"TypesSupported",
                        EVENTLOG_INFORMATION_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_ERROR_TYPE);
}

Status remove_event_source(const std::wstring& source) {
  return remove_registry_key(kSources + source);
}

}  // namespace certconnector::platform
