// certconnectord with one difference: it kills itself at a named point of a job's
// path.
//
//   CERTCONNECTOR_CRASH_AT=settled:3       at the third time that this point is reached
//   CERTCONNECTOR_CRASH_AT=settled:3:150   150 ms later, in which all other threads go on: what
//   they
//                                          promise too early goes out

#include <atomic>
#include <cstdlib>
#include <sstream>
#include <string>

#include "agent/core/ports/crash_points.h"
#include "agent/main/program.h"
#include "common/time/stop.h"
#include "tests/support/kill_self.h"

namespace {

using certconnector::core::CrashPoint;

class CrashAt final : public certconnector::core::CrashPoints {
 public:
  explicit CrashAt(const std::string& where) {
    std::istringstream parts(where);
    std::getline(parts, point_, ':');
    std::string number;
    if (std::getline(parts, number, ':')) left_ = std::stoi(number);
    if (std::getline(parts, number)) pause_ = certconnector::Duration(std::stoi(number));
  }

  void reached(CrashPoint point) override {
    if (to_string(point) != point_ || --left_ != 0) return;
    certconnector::Wakeup().wait(pause_, {});
    certconnector::testing::kill_self();
  }

 private:
  std::string point_;
  std::atomic<int> left_{1};
  certconnector::Duration pause_{0};
};

}  // namespace

int main(int argc, char** argv) {
  const char* where = std::getenv("CERTCONNECTOR_CRASH_AT");
  CrashAt crash_points(where == nullptr ? "" : where);
  return certconnector::run_program(argc, argv, crash_points);
}
