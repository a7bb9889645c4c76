// The users of a file: security descriptors in place of the modes of POSIX.
#pragma once

#include <windows.h>

#include <memory>
#include <string>

#include "agent/platform/files.h"
#include "common/result/result.h"

namespace certconnector::platform {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using SecurityDescriptor = std::unique_ptr<void, FreeLocal>;

// The readers besides this process's own account, the administrators and the system.
enum class Audience { nobody, everybody };
[[nodiscard]] Audience audience_of(FileMode mode);

// Of a text in SDDL.
[[nodiscard]] Result<SecurityDescriptor> descriptor_of(const std::wstring& sddl);

// What a new file, or a new folder and all that is made in it, gets. It inherits nothing.
[[nodiscard]] Result<SecurityDescriptor> descriptor_for_file(Audience audience);
[[nodiscard]] Result<SecurityDescriptor> descriptor_for_folder();

// Gives an open file (WRITE_DAC) the access of that mode.
[[nodiscard]] Status set_access(HANDLE file, Audience audience, const std::string& path);

// What others than this process's own account, the agent's service, the administrators and the
// system must not do with a file or a folder.
enum class Denied { writing, reading_and_writing };
// Looks at the owner and at each entry that allows. `object` is open for READ_CONTROL. Errors:
// too_open, with the icacls that mends it.
[[nodiscard]] Status check_access(HANDLE object, Denied denied, const std::string& path);
// The same of the folders above it: nobody else may delete or replace what is in them.
[[nodiscard]] Status check_folders_above(const std::string& path);

// Whether what is made in the folder is open to an account besides the three: the agent's
// own where this process is an administrator's.
[[nodiscard]] Result<bool> is_for_another_account(HANDLE folder, const std::string& path);

// This process is the service: what is the service's is its own, whatever account it has. Before
// the first thread.
void act_as_the_service();

// "S-1-5-18": of this process. Thread-safe.
[[nodiscard]] Result<std::wstring> own_sid_text();
// "DOMAIN\user", else its SID.
[[nodiscard]] Result<std::string> own_account_name();

}  // namespace certconnector::platform
