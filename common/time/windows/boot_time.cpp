#include "common/time/boot_time.h"

#include <windows.h>

#include <cstring>
#include <ratio>

namespace certconnector {
namespace {

using QueryInterruptTime = void(WINAPI*)(PULONGLONG);

// Goes on while the machine sleeps, in steps of 100 ns. Its library has another name in each
// release of Windows, and Wine has none of them.
QueryInterruptTime precise_query() {
  const HMODULE library = ::GetModuleHandleW(L"kernelbase.dll");
  const FARPROC found =
      library == nullptr ? nullptr : ::GetProcAddress(library, "QueryInterruptTimePrecise");
  QueryInterruptTime query = nullptr;
  static_assert(sizeof(query) == sizeof(found));
  std::memcpy(&query, &found, sizeof(query));
  return query;
}

}  // namespace

Duration time_since_boot() {
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10000000>>;
  static const QueryInterruptTime kQuery = precise_query();
  if (kQuery == nullptr) return Duration(static_cast<std::int64_t>(::GetTickCount64()));
  ULONGLONG ticks = 0;
  kQuery(&ticks);
  return std::chrono::duration_cast<Duration>(Ticks(static_cast<std::int64_t>(ticks)));
}

}  // namespace certconnector
