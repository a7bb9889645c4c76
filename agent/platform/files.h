// Files that survive a power cut, and files that are secrets. Paths are UTF-8. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"

namespace certconnector::platform {

enum class FileMode : unsigned {
  secret = 0600,  // keys, tokens
  private_group = 0640,
  world_readable = 0644  // certificates, CRLs
};

// A reader sees the old contents or the new, never half: temporary file in the same folder, fsync,
// rename, fsync of the folder. The mode is exact, whatever the umask. Errors: transient when the
// disk is full or read-only.
[[nodiscard]] Status write_file_atomically(const std::string& path, std::string_view contents,
                                           FileMode mode);
// The same, but refuses (exists) when there is a file of that name.
[[nodiscard]] Status create_file(const std::string& path, std::string_view contents, FileMode mode);

// The same as write_file_atomically with the contents of another file, of any size.
[[nodiscard]] Status copy_file_atomically(const std::string& from, const std::string& to,
                                          FileMode mode);

// Whole file; too_large above `max_size` octets.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_size);
// The file piece by piece, of any size. Ends with the error of `take`.
using TakePiece = std::function<Status(std::string_view piece)>;
[[nodiscard]] Status read_in_pieces(const std::string& path, const TakePiece& take);
// In octets.
[[nodiscard]] Result<std::uint64_t> file_size(const std::string& path);
// A file that holds a secret: refused (too_open) when group or others may read it, or write the
// folder that it stands in, as for read_trusted_file; the message holds the chmod.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path, std::size_t max_size);
// A password or passphrase: read_secret_file without the line break at its end. At most 4 KiB.
[[nodiscard]] Result<std::string> read_passphrase_file(const std::string& path);

// A file or folder that nobody may write or replace but root and the process's own user: else
// refused (too_open), with the chmod or chown. The folders above it count too.
[[nodiscard]] Status check_only_owner_writes(const std::string& path);
// A file that the agent trusts, as its configuration or a trust anchor: refused (too_open) when
// others may write it, or the folder that it stands in. A folder with the sticky bit is good:
// nobody replaces the file of another there.
[[nodiscard]] Result<std::string> read_trusted_file(const std::string& path, std::size_t max_size);

// Also true where this process may not look, or a link on the way leads nowhere, as to a disk that
// is not mounted: reading it tells why.
[[nodiscard]] bool file_exists(const std::string& path);
// With its parents, mode 0700 for the folders that it makes.
[[nodiscard]] Status make_folder(const std::string& path);
// A folder that is not there yet (exists) in one that is, mode 0700. not_writable where this
// process may make none.
[[nodiscard]] Status make_new_folder(const std::string& path);
// The names of what is in it, in no order; none when it is not there.
[[nodiscard]] Result<std::vector<std::string>> list_folder(const std::string& path);
// Of a file that somebody else has made.
[[nodiscard]] Status set_mode(const std::string& path, FileMode mode);
// Makes what happened to the folder's entries durable.
[[nodiscard]] Status sync_folder(const std::string& path);
// No error when it is not there.
[[nodiscard]] Status remove_file(const std::string& path);
// With all that is in it. No error when it is not there.
[[nodiscard]] Status remove_folder(const std::string& path);
// Gives a file or a folder another name in the folder that holds it; durable. Error exists: the
// name is taken.
[[nodiscard]] Status rename_in_folder(const std::string& from, const std::string& to);
// Whether this process may append to the file, or make it. Changes nothing. Errors: as the opening
// would end; not_permitted has the command that mends it.
[[nodiscard]] Status check_appendable(const std::string& path);
// Whether this process may make, rename and remove files in the folder. Errors: as above.
[[nodiscard]] Status check_makes_files(const std::string& folder);
// A folder that the agent keeps its files in: this user's, who may make files there, as nobody else
// may. Errors: as above, and too_open. For root any owner's is good.
[[nodiscard]] Status check_own_folder(const std::string& path);
// In octets, what this process may still write where `path` is.
[[nodiscard]] Result<std::uint64_t> free_room(const std::string& path);

}  // namespace certconnector::platform
