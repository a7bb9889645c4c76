#include "agent/platform/process.h"

#include <windows.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/output_pipe.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr DWORD kLongestWait = 3600000;  // milliseconds

// All that the program starts, too: none of it outlives the object.
class Job {
 public:
  [[nodiscard]] static Result<Job> make() {
    Handle job(::CreateJobObjectW(nullptr, nullptr));
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    if (!job.valid() || ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation,
                                                  &limits, sizeof(limits)) == 0) {
      return system_error(::GetLastError(), "make a job object");
    }
    return Job(std::move(job));
  }
  [[nodiscard]] bool add(HANDLE process) const {
    return ::AssignProcessToJobObject(job_.get(), process) != 0;
  }
  void end() const { ::TerminateJobObject(job_.get(), 1); }

 private:
  explicit Job(Handle job) : job_(std::move(job)) {}
  Handle job_;
};

struct FreeAttributes {
  void operator()(LPPROC_THREAD_ATTRIBUTE_LIST list) const {
    ::DeleteProcThreadAttributeList(list);
  }
};

// The program inherits these handles and no other of the agent's.
class StartUp {
 public:
  StartUp(HANDLE input, HANDLE output, HANDLE errors) : handles_{input, output, errors} {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    auto* list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (::InitializeProcThreadAttributeList(list, 1, 0, &size) != 0) list_.reset(list);
    good_ = list_ != nullptr &&
            ::UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                        sizeof(handles_), nullptr, nullptr) != 0;
    info_.StartupInfo.cb = sizeof(info_);
    info_.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    info_.StartupInfo.hStdInput = input;
    info_.StartupInfo.hStdOutput = output;
    info_.StartupInfo.hStdError = errors;
    info_.lpAttributeList = list_.get();
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] STARTUPINFOW* get() { return &info_.StartupInfo; }

 private:
  std::array<HANDLE, 3> handles_;
  std::vector<BYTE> memory_;
  std::unique_ptr<_PROC_THREAD_ATTRIBUTE_LIST, FreeAttributes> list_;
  bool good_ = false;
  STARTUPINFOEXW info_{};
};

std::wstring system_folder() {
  std::array<wchar_t, MAX_PATH> folder{};
  const UINT size = ::GetSystemDirectoryW(folder.data(), static_cast<UINT>(folder.size()));
  return {folder.data(), size};
}

// It waits until it is part of the job.
Result<Handle> start(const ProgramCall& call, StartUp& start_up, const Job& job) {
  if (!start_up.good()) return system_error(::GetLastError(), "start " + call.path);
  constexpr DWORD kFlags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
                           EXTENDED_STARTUPINFO_PRESENT;
  std::wstring line = command_line(call.path, call.arguments);
  std::wstring environment = environment_block(call.environment);
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(wide(call.path).c_str(), line.data(), nullptr, nullptr, TRUE, kFlags,
                       environment.data(), system_folder().c_str(), start_up.get(), &made) == 0) {
    return system_error(::GetLastError(), "start " + call.path);
  }
  Handle process(made.hProcess);
  const Handle thread(made.hThread);
  if (!job.add(process.get()) || ::ResumeThread(thread.get()) == static_cast<DWORD>(-1)) {
    const DWORD failed = ::GetLastError();
    ::TerminateProcess(process.get(), 1);
    return system_error(failed, "watch over " + call.path);
  }
  return process;
}

Result<Handle> make_event() {
  Handle event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!event.valid()) return system_error(::GetLastError(), "make an event");
  return event;
}

// What ends the wait: the program itself, `stop`, too much output, or nothing within the limit.
ProgramEnd wait_for_end(HANDLE process, HANDLE stopped, HANDLE too_much, Duration limit) {
  const std::array<HANDLE, 3> watched{process, stopped, too_much};
  const auto wait = static_cast<DWORD>(std::clamp<std::int64_t>(limit.count(), 0, kLongestWait));
  switch (
      ::WaitForMultipleObjects(static_cast<DWORD>(watched.size()), watched.data(), FALSE, wait)) {
    case WAIT_OBJECT_0:
      return ProgramEnd::exited;
    case WAIT_OBJECT_0 + 1:
      return ProgramEnd::stopped;
    case WAIT_OBJECT_0 + 2:
      return ProgramEnd::too_much_output;
    default:
      return ProgramEnd::timed_out;
  }
}

// A program that crashed ends with the number of its exception.
bool is_exception(DWORD code) { return (code & 0xC0000000U) == 0xC0000000U; }

void tell_exit(HANDLE process, ProgramOutcome& outcome) {
  DWORD code = 1;
  ::WaitForSingleObject(process, kLongestWait);
  if (::GetExitCodeProcess(process, &code) == 0 || is_exception(code)) {
    outcome.end = ProgramEnd::killed_by_signal;
  } else {
    outcome.code = static_cast<int>(code);
  }
}

}  // namespace

Result<ProgramOutcome> run_program(const ProgramCall& call, const StopToken& stop) {
  CC_TRY_ASSIGN(const Handle stopped, make_event());
  CC_TRY_ASSIGN(const Handle too_much, make_event());
  OutputPipe output(call.max_output, [&] { ::SetEvent(too_much.get()); });
  OutputPipe errors(call.max_errors, [] {});
  CC_TRY_ASSIGN(const Job job, Job::make());
  Handle process;
  {
    // They end before the readers wait for the last writer.
    CC_TRY_ASSIGN(const Handle output_end, output.open());
    CC_TRY_ASSIGN(const Handle errors_end, errors.open());
    SECURITY_ATTRIBUTES inherited{sizeof(inherited), nullptr, TRUE};
    const Handle nothing(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                       &inherited, OPEN_EXISTING, 0, nullptr));
    StartUp start_up(nothing.get(), output_end.get(), errors_end.get());
    CC_TRY_ASSIGN(process, start(call, start_up, job));
  }
  const StopCallback wake = stop.on_stop([&] { ::SetEvent(stopped.get()); });
  ProgramOutcome outcome;
  outcome.end = wait_for_end(process.get(), stopped.get(), too_much.get(), call.limit);
  if (outcome.end == ProgramEnd::exited) tell_exit(process.get(), outcome);
  job.end();
  outcome.output = output.take();
  outcome.errors = errors.take();
  if (outcome.output.size() > call.max_output && outcome.end == ProgramEnd::exited)
    outcome.end = ProgramEnd::too_much_output;
  if (outcome.end != ProgramEnd::exited && outcome.end != ProgramEnd::killed_by_signal)
    outcome.output.clear();
  if (outcome.errors.size() > call.max_errors) outcome.errors.resize(call.max_errors);
  return outcome;
}

std::vector<std::string> basic_environment() {
  const std::string system = narrow(system_folder());
  const std::string root = system.substr(0, system.find_last_of('\\'));
  // Sockets and the runtime of .NET want SystemRoot.
  return {"SystemRoot=" + root, "SystemDrive=" + root.substr(0, root.find('\\')),
          "PATH=" + system + ";" + root};
}

Status check_program(const std::string& path) {
  const std::wstring name = system_path(path);
  const DWORD attributes = ::GetFileAttributesW(name.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return system_error(::GetLastError(), "use " + path);
  const Handle opened(::CreateFileW(name.c_str(), READ_CONTROL | FILE_EXECUTE,
                                    FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent, path + " is not a program");
  }
  if (!opened.valid()) return system_error(::GetLastError(), "execute " + path);
  return check_access(opened.get(), Denied::writing, path);
}

}  // namespace certconnector::platform
