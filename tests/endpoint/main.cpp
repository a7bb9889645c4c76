#include "tests/endpoint/commands.h"

int main(int argc, char** argv) {
  return certconnector::endpoint::run_command({argv + 1, argv + argc});
}
