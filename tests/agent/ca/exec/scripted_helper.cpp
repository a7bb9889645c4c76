// A helper of a CA that does what a file says, line by line, on every platform.
//
//   scripted_helper FILE [WORD...]
//
//   print TEXT         a line on standard output; complain TEXT: on standard error
//   file PATH          prints a file
//   environment PATH   writes its variables and the number of WORDs into a file
//   mark PATH          makes a file
//   unless OPERATION CODE   ends with the code when it is asked for another operation
//   hang               until it is killed
//   die                kills itself
//   exit CODE          without it: 0

#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <sstream>
#include <string>

#include "tests/support/kill_self.h"
#include "tests/support/temp_directory.h"

namespace {

void write_environment(const std::string& path, const char* const* variables, int words) {
  std::ofstream file(path, std::ios::binary);
  for (; *variables != nullptr; ++variables) file << *variables << '\n';
  file << words << '\n';
}

std::string operation() {
  const char* const asked = std::getenv("CERTMONGER_OPERATION");
  return asked == nullptr ? "" : asked;
}

// The code of `unless`, when this is another operation.
int code_unless(const std::string& rest) {
  std::istringstream words(rest);
  std::string expected;
  int code = 0;
  words >> expected >> code;
  return operation() == expected ? 0 : code;
}

[[noreturn]] void finish(int code) {
  std::cout.flush();
  std::exit(code);
}

void obey(const std::string& verb, const std::string& rest) {
  if (verb == "print") std::cout << rest << '\n';
  if (verb == "complain") std::cerr << rest << std::endl;
  if (verb == "file") std::cout << certconnector::testing::read_file(rest);
  if (verb == "mark") std::ofstream(rest, std::ios::binary) << "here";
  if (verb == "unless" && code_unless(rest) != 0) finish(code_unless(rest));
  if (verb == "hang") std::promise<void>().get_future().wait();
  if (verb == "die") certconnector::testing::kill_self();
  if (verb == "exit") finish(std::stoi(rest));
}

}  // namespace

int main(int argc, char** argv, char** variables) {
  std::ifstream script(argc < 2 ? "" : argv[1], std::ios::binary);
  if (!script) return 99;
  for (std::string line; std::getline(script, line);) {
    const std::size_t blank = line.find(' ');
    const std::string verb = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (verb == "environment") write_environment(rest, variables, argc - 2);
    obey(verb, rest);
  }
  finish(0);
}
