// certconnectord with one difference: its wall clock is ahead of the machine's by the seconds in a
// file (behind it, when they are negative). The file may change while the agent runs.
//
//   CERTCONNECTOR_CLOCK=/mnt/clock     no such file: the clock is the machine's

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "agent/core/ports/crash_points.h"
#include "agent/main/program.h"

namespace {

time_t seconds_ahead() {
  const char* name = std::getenv("CERTCONNECTOR_CLOCK");
  const int file = name == nullptr ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 24> text{};
  const bool found = read(file, text.data(), text.size() - 1) > 0;
  close(file);
  return found ? std::strtol(text.data(), nullptr, 10) : 0;
}

}  // namespace

// In place of the functions of the C library, for all libraries of this program.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long done = syscall(SYS_clock_gettime, clock, time);
  if (done == 0 && clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead();
  return static_cast<int>(done);
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

extern "C" time_t time(time_t* time) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (time != nullptr) *time = now.tv_sec;
  return now.tv_sec;
}

int main(int argc, char** argv) {
  certconnector::core::NoCrashPoints crash_points;
  return certconnector::run_program(argc, argv, crash_points);
}
