#include "tests/support/openness.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/text/shell_word.h"

namespace certconnector::testing {

Openness openness_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Openness::other;
  switch (info.st_mode & 0777U) {
    case 0600:
      return Openness::owner_alone;
    case 0700:
      return S_ISDIR(info.st_mode) ? Openness::owner_alone : Openness::other;
    case 0644:
      return Openness::all_read;
    default:
      return Openness::other;
  }
}

void let_others_write(const std::string& path) {
  std::filesystem::permissions(path, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::add);
}

void let_others_only_read(const std::string& path) {
  std::filesystem::permissions(path, std::filesystem::perms(0644));
}

void close_to_others(const std::string& path) {
  const bool folder = std::filesystem::is_directory(path);
  std::filesystem::permissions(path, std::filesystem::perms(folder ? 0700 : 0600));
}

std::string command_against_writers(const std::string& path) {
  return "chmod go-w " + text::shell_word(path);
}

std::string command_against_readers(const std::string& path) {
  return "chmod 600 " + text::shell_word(path);
}

bool names_go_at_once() { return true; }

bool names_of_open_files_can_be_used_again() { return true; }

bool open_files_can_be_moved() { return true; }

bool sqlites_files_are_closed() { return true; }

void extend_without_room(const std::string& path, std::uintmax_t size) {
  std::filesystem::resize_file(path, size);
}

bool is_superuser() { return ::geteuid() == 0; }

}  // namespace certconnector::testing
