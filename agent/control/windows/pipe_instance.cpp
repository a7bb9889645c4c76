#include "agent/control/windows/pipe_instance.h"

#include <windows.h>
#include <sddl.h>

#include <memory>

#include "agent/control/transport_errors.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/system_message.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::control {

namespace {

constexpr DWORD kBuffer = 64 * 1024;
// To read and write, without FILE_CREATE_PIPE_INSTANCE: only the agent offers the pipe.
constexpr const wchar_t* kClient = L"0x12019b";

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using SecurityDescriptor = std::unique_ptr<void, FreeLocal>;

Error failure(const std::string& doing, DWORD code) {
  return Error(TransportErrc::failed, ErrorKind::transient, platform::system_message(code))
      .with_context(doing);
}

std::wstring entry(const wchar_t* rights, const std::wstring& who) {
  return std::wstring(L"(A;;") + rights + L";;;" + who + L")";
}

Result<SecurityDescriptor> descriptor_of(const std::wstring& users) {
  PSECURITY_DESCRIPTOR made = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(users.c_str(), SDDL_REVISION_1, &made,
                                                             nullptr) == 0) {
    return failure("choosing the users of the control pipe", ::GetLastError());
  }
  return SecurityDescriptor(made);
}

// Without taking one of the ends.
bool is_offered(const std::wstring& name) {
  return ::WaitNamedPipeW(name.c_str(), 1) != 0 || ::GetLastError() == ERROR_SEM_TIMEOUT;
}

Error taken(const std::wstring& name) {
  return {TransportErrc::in_use, ErrorKind::transient,
          "another agent, or another program, answers on " + platform::narrow(name) +
              ". Stop it first, or give this one its own [agent] socket"};
}

}  // namespace

Result<std::wstring> pipe_users(const ServerOptions& options, log::Logger& logger) {
  const auto own = platform::own_account();
  if (!own) return failure("looking at the own account", ::GetLastError());
  // The owner is what the CLI looks at; that of an administrator's process would be the group.
  const std::wstring account = platform::sid_text(own->get());
  std::wstring users =
      L"O:" + account + L"D:P" + entry(L"FA", L"SY") + entry(L"FA", L"BA") + entry(L"FA", account);
  const auto group =
      platform::find_account(platform::wide(options.group), platform::AccountKind::group);
  if (group) return users + entry(kClient, platform::sid_text(group->get()));
  logger.warning("control.no_group",
                 "the group of the control socket does not exist; only administrators and the "
                 "agent's own account can use the CLI. Create the group, and restart the agent: "
                 "net localgroup \"" +
                     options.group + "\" /add",
                 {{"group", options.group}, {"socket", options.socket_path}});
  return users;
}

Result<platform::Handle> new_instance(const std::wstring& name, const std::wstring& users,
                                      Instance which) {
  CC_TRY_ASSIGN(const SecurityDescriptor descriptor, descriptor_of(users));
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), descriptor.get(), FALSE};
  // The flag below decides, in one step. Wine does not heed it.
  if (which == Instance::first && is_offered(name)) return taken(name);
  const DWORD first = which == Instance::first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0;
  platform::Handle pipe(::CreateNamedPipeW(
      name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
      PIPE_UNLIMITED_INSTANCES, kBuffer, kBuffer, 0, &attributes));
  if (pipe.valid()) return pipe;
  const DWORD code = ::GetLastError();
  if (which == Instance::first &&
      (code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY || code == ERROR_ALREADY_EXISTS)) {
    return taken(name);
  }
  return failure("making the control pipe " + platform::narrow(name), code);
}

}  // namespace certconnector::control
