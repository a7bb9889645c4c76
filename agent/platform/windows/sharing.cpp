#include "agent/platform/windows/sharing.h"

namespace certconnector::platform {
namespace {

constexpr int kTries = 8;
constexpr DWORD kFirstPause = 4;  // milliseconds; each is twice the one before

// A file that is about to vanish refuses every access, and its folder is not empty.
bool passes(DWORD error) {
  return error == ERROR_SHARING_VIOLATION || error == ERROR_LOCK_VIOLATION ||
         error == ERROR_ACCESS_DENIED || error == ERROR_DELETE_PENDING ||
         error == ERROR_DIR_NOT_EMPTY;
}

}  // namespace

DWORD until_free(const std::function<DWORD()>& act) {
  DWORD pause = kFirstPause;
  for (int tries = 1;; ++tries, pause *= 2) {
    const DWORD error = act();
    if (error == ERROR_SUCCESS || !passes(error) || tries == kTries) return error;
    ::Sleep(pause);
  }
}

}  // namespace certconnector::platform
