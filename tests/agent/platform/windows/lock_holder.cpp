// Holds the lock of a state folder, as another agent does, until the end of its input.
#include <cstdio>
#include <string>

#include "agent/platform/instance_lock.h"

int main(int count, char** words) {
  if (count != 2) return 64;
  const auto lock = certconnector::platform::InstanceLock::take(words[1]);
  std::puts(lock.ok() ? "taken" : lock.error().message().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  return 0;
}
