#include "agent/platform/instance_lock.h"

#include <windows.h>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/own_user.h"
#include "agent/platform/paths.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

class FileLock final : public InstanceLock {
 public:
  explicit FileLock(Handle file) : file_(std::move(file)) {}

 private:
  Handle file_;
};

std::string holder_of(const std::string& path) {
  constexpr std::size_t kLongest = 32;
  const auto text = read_file(path, kLongest);
  return text.ok() && !text->empty() ? text->substr(0, text->find('\n')) : "unknown";
}

Error open_error(DWORD error_number, const std::string& folder, const std::string& path) {
  if (error_number == ERROR_SHARING_VIOLATION) {
    return {PlatformErrc::busy, ErrorKind::transient,
            "another agent (process " + holder_of(path) + ") works on " + folder +
                "; stop it first, or give this agent another [agent] state_dir"};
  }
  Error error = system_error(error_number, "open " + path);
  if (error.code() != error_code(PlatformErrc::not_permitted)) return error;
  return {PlatformErrc::not_permitted, error.kind(),
          error.message() + "; run: icacls \"" + folder + "\" /grant \"" + own_user() +
              ":(OI)(CI)F\" /T"};
}

}  // namespace

Result<std::unique_ptr<InstanceLock>> InstanceLock::take(const std::string& folder) {
  CC_TRY(check_only_owner_writes(folder));
  const std::string path = file_of(folder);
  CC_TRY_ASSIGN(const SecurityDescriptor closed, descriptor_for_file(Audience::nobody));
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), closed.get(), FALSE};
  // Others may read whose it is; nobody else may write, which is the lock.
  Handle file(::CreateFileW(system_path(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_READ, &attributes, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL,
                            nullptr));
  if (!file.valid()) return open_error(::GetLastError(), folder, path);
  const std::string id = std::to_string(::GetCurrentProcessId()) + "\n";
  DWORD written = 0;
  if (::SetEndOfFile(file.get()) == 0 ||
      ::WriteFile(file.get(), id.data(), static_cast<DWORD>(id.size()), &written, nullptr) == 0) {
    return system_error(::GetLastError(), "write " + path);
  }
  return std::unique_ptr<InstanceLock>(std::make_unique<FileLock>(std::move(file)));
}

std::string InstanceLock::file_of(const std::string& folder) { return join_path(folder, "lock"); }

bool InstanceLock::is_taken_by_another(const std::string& folder) {
  const std::string path = file_of(folder);
  const Handle file(::CreateFileW(system_path(path).c_str(), GENERIC_WRITE,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                  FILE_ATTRIBUTE_NORMAL, nullptr));
  if (file.valid() || ::GetLastError() != ERROR_SHARING_VIOLATION) return false;
  return holder_of(path) != std::to_string(::GetCurrentProcessId());
}

}  // namespace certconnector::platform
