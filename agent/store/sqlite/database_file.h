// The file of a database, as the operating system sees it. One implementation a platform.
#pragma once

#include <cstdint>
#include <string>

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

// Takes away a left-over of an earlier try; that it is not there is no error.
void remove_file(const std::string& path);

}  // namespace certconnector::store
