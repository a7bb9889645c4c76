// Limits a process that holds keys sets itself, before it reads the first one.
#pragma once

#include "common/result/result.h"

namespace certconnector::platform {

// No core dumps and no ptrace by others of the same user: a key must not end in a file. Files that
// are made are 0640 at most.
[[nodiscard]] Status protect_process_memory();
// The soft limit of open files up to the hard one, at most 65,536.
[[nodiscard]] Status raise_file_limit();
// Gives what the allocator holds and nobody uses back to the system. Takes milliseconds.
void give_back_memory();
// How many files and connections the process may have open.
[[nodiscard]] Result<std::size_t> file_limit();

}  // namespace certconnector::platform
