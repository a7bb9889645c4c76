#include "agent/main/posix_main.h"

int main(int argc, char** argv) {
  certconnector::core::NoWaypoints waypoints;
  return certconnector::run_agent(argc, argv, waypoints);
}
