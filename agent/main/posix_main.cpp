#include "agent/main/posix_main.h"

int main(int argc, char** argv) {
  certconnector::core::NoCrashPoints crash_points;
  return certconnector::run_agent(argc, argv, crash_points);
}
