// The users of a file that the product made, on every system alike.
#pragma once

#include <cstdint>
#include <string>

namespace certconnector::testing {

enum class Openness {
  owner_alone,  // 0600, 0700
  all_read,     // 0644
  other         // none of the two, or there is no such file
};
[[nodiscard]] Openness openness_of(const std::string& path);

// From now on others may write the file or folder, read the file and no more, or do nothing with
// either. Throw where that cannot be.
void let_others_write(const std::string& path);
void let_others_only_read(const std::string& path);
void close_to_others(const std::string& path);

// The begin of the command that an error names when others may write it, or read a secret.
[[nodiscard]] std::string command_against_writers(const std::string& path);
[[nodiscard]] std::string command_against_readers(const std::string& path);

// Whether a file that was removed while it is open has no name any more.
[[nodiscard]] bool names_go_at_once();

// Whether another file can have the name of one that was removed while it is open.
[[nodiscard]] bool names_of_open_files_can_be_used_again();

// Whether a file that somebody has open can get another name.
[[nodiscard]] bool open_files_can_be_moved();

// Whether a file that SQLite makes beside a database is closed to those to whom the database is:
// not under Wine, whose files take no access from their folder.
[[nodiscard]] bool sqlites_files_are_closed();

// Gives a file that size, without room on the disk for what is new. Fails the test where it cannot.
void extend_without_room(const std::string& path, std::uintmax_t size);

// Whether no file is closed to this process: root's.
[[nodiscard]] bool is_superuser();

}  // namespace certconnector::testing
