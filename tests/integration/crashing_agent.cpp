// certconnectord with one difference: it kills itself with SIGKILL at a named point of a job's
// path.
//
//   CERTCONNECTOR_CRASH_AT=settled:3   at the third time that this point is reached

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "agent/core/ports/waypoints.h"
#include "agent/main/posix_main.h"

namespace {

using certconnector::core::Waypoint;

class CrashAt final : public certconnector::core::Waypoints {
 public:
  explicit CrashAt(const std::string& where) : point_(where.substr(0, where.find(':'))) {
    const auto colon = where.find(':');
    if (colon != std::string::npos) left_ = std::stoi(where.substr(colon + 1));
  }

  void reached(Waypoint point) override {
    if (to_string(point) == point_ && --left_ == 0) std::raise(SIGKILL);
  }

 private:
  std::string point_;
  std::atomic<int> left_{1};
};

}  // namespace

int main(int argc, char** argv) {
  const char* where = std::getenv("CERTCONNECTOR_CRASH_AT");
  CrashAt waypoints(where == nullptr ? "" : where);
  return certconnector::run_agent(argc, argv, waypoints);
}
