#include "agent/cli/daemon_program.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace certconnector::cli {

namespace {

constexpr const char* kProgram = "certconnectord";

// Empty: neither beside this program nor in ../sbin.
std::string near_program() {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (ignored) return {};
  for (const auto& place :
       {self.parent_path() / kProgram, self.parent_path().parent_path() / "sbin" / kProgram}) {
    if (::access(place.c_str(), X_OK) == 0) return place.string();
  }
  return {};
}

}  // namespace

Error become_daemon(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{kProgram};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (const std::string path = near_program(); !path.empty()) {
    ::execv(path.c_str(), argv.data());
  } else {
    ::execvp(kProgram, argv.data());
  }
  return {DaemonErrc::not_started, ErrorKind::permanent,
          std::string("cannot start ") + kProgram + ": " + std::generic_category().message(errno)};
}

}  // namespace certconnector::cli
