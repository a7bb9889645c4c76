#include "agent/main/program.h"

int main(int argc, char** argv) {
  certconnector::core::NoCrashPoints crash_points;
  return certconnector::run_program(argc, argv, crash_points);
}
