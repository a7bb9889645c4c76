// The file of a database, as the operating system sees it. One implementation a platform.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/result/result.h"

namespace certconnector::store {

enum class FilePresence { missing, empty, present };

// Errors: transient (the folder cannot be read).
[[nodiscard]] Result<FilePresence> file_presence(const std::string& path);

// Makes an empty file that only its owner can read and write (0600). Error `exists` when it is
// there.
[[nodiscard]] Status create_private_file(const std::string& path);

// Makes what was written to `from` durable, gives it the name `to` and makes that durable.
// Replaces nothing: error `exists` when `to` is there.
[[nodiscard]] Status publish_file(const std::string& from, const std::string& to);

// Names a file as long as it is there, whatever its path becomes. Errors: transient.
using FileId = std::pair<std::uint64_t, std::uint64_t>;
[[nodiscard]] Result<FileId> file_id(const std::string& path);
// In octets. Errors: transient.
[[nodiscard]] Result<std::uint64_t> file_size(const std::string& path);
// The room that is left for this process where the file `path` is or will be.
[[nodiscard]] Result<std::uint64_t> free_room(const std::string& path);

// As publish_file(), in the place of what is at `to`: there is always one of the two.
[[nodiscard]] Status replace_file(const std::string& from, const std::string& to);
// Another name for the file; a name that is there is given anew. Not yet durable.
[[nodiscard]] Status name_file(const std::string& path, const std::string& other);

// Takes away a left-over of an earlier try; that it is not there is no error.
void remove_file(const std::string& path);

}  // namespace certconnector::store
