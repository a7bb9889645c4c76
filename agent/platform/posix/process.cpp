#include "agent/platform/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "agent/platform/errors.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/file_descriptor.h"
#include "agent/platform/posix/obstacle.h"
#include "agent/platform/posix/system_error.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Between SIGTERM and SIGKILL.
constexpr std::chrono::seconds kToCleanUp{1};

struct PipeEnds {
  FileDescriptor read;
  FileDescriptor write;
};

Result<PipeEnds> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
  PipeEnds pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return system_error(errno, "set up a pipe");
  return pipe;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// The attributes and actions of a spawn, freed with it.
class SpawnSetUp {
 public:
  SpawnSetUp(int output, int errors) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
    // The agent blocks and ignores signals that a program relies on.
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetUp() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnSetUp(const SpawnSetUp&) = delete;
  SpawnSetUp& operator=(const SpawnSetUp&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A program that runs. The destructor kills its group and takes its exit status.
class RunningProgram {
 public:
  RunningProgram(pid_t pid, FileDescriptor ended) : pid_(pid), ended_(std::move(ended)) {}
  ~RunningProgram() {
    if (pid_ > 0) static_cast<void>(reap());
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // Readable once the program itself has ended.
  [[nodiscard]] int ended() const { return ended_.get(); }
  void signal_group(int number) const { ::kill(-pid_, number); }
  // Waits for the program; whatever it has left running in its group ends. The group's number is
  // ours until the program is waited for, so the signal reaches nobody else.
  int reap() {
    signal_group(SIGKILL);
    int status = 0;
    pid_t waited = 0;
    do {
      waited = ::waitpid(pid_, &status, 0);
    } while (waited < 0 && errno == EINTR);
    pid_ = 0;
    // Without its status (a parent may have left SIGCHLD ignored) nothing says that it ended well.
    return waited < 0 ? SIGKILL : status;
  }

 private:
  pid_t pid_;
  FileDescriptor ended_;
};

// Reads what is there. False: the other end is closed.
bool read_some(int fd, std::string& text) {
  std::array<char, 16384> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// Reads the program's output and watches the time until it has ended.
class Watch {
 public:
  Watch(const ProgramCall& call, RunningProgram& program, int output, int errors, int stop)
      : call_(call),
        program_(program),
        deadline_(SteadyClock::now() + call.limit),
        polled_{{{program.ended(), POLLIN, 0},
                 {stop, POLLIN, 0},
                 {output, POLLIN, 0},
                 {errors, POLLIN, 0}}} {}

  ProgramOutcome until_it_ends() {
    while (true) {
      ::poll(polled_.data(), polled_.size(), milliseconds_left());
      read(polled_[2], outcome_.output);
      read(polled_[3], outcome_.errors);
      if (outcome_.errors.size() > call_.max_errors) outcome_.errors.resize(call_.max_errors);
      if (polled_[0].revents != 0) return end();
      if (polled_[1].revents != 0) {
        polled_[1].fd = -1;  // it stays readable
        cut_short(ProgramEnd::stopped);
      }
      if (outcome_.output.size() > call_.max_output) cut_short(ProgramEnd::too_much_output);
      if (SteadyClock::now() >= deadline_) cut_short(ProgramEnd::timed_out);
    }
  }

 private:
  [[nodiscard]] int milliseconds_left() const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3600000));
  }

  void read(pollfd& from, std::string& text) {
    if (from.revents == 0) return;
    if (!read_some(from.fd, text)) from.fd = -1;
  }

  // The first reason counts; the second time there is no more mercy.
  void cut_short(ProgramEnd why) {
    if (!cut_) {
      cut_ = why;
      deadline_ = SteadyClock::now() + kToCleanUp;
      outcome_.output.clear();
      program_.signal_group(SIGTERM);
    } else if (why == ProgramEnd::timed_out) {
      program_.signal_group(SIGKILL);
      deadline_ = SteadyClock::now() + kToCleanUp;
    } else {
      outcome_.output.clear();
    }
  }

  ProgramOutcome end() {
    // Reads the program's last output, and not the output of processes that it left behind.
    for (auto* rest : {&polled_[2], &polled_[3]}) {
      std::string& text = rest == &polled_[2] ? outcome_.output : outcome_.errors;
      std::size_t before = 0;
      do {
        before = text.size();
      } while (rest->fd >= 0 && read_some(rest->fd, text) && text.size() > before &&
               text.size() <= call_.max_output);
    }
    const int status = program_.reap();
    if (!cut_ && outcome_.output.size() > call_.max_output) cut_ = ProgramEnd::too_much_output;
    if (cut_) {
      outcome_.end = *cut_;
      outcome_.output.clear();
    } else if (WIFEXITED(status)) {
      outcome_.code = WEXITSTATUS(status);
    } else {
      outcome_.end = ProgramEnd::killed_by_signal;
    }
    if (outcome_.errors.size() > call_.max_errors) outcome_.errors.resize(call_.max_errors);
    return std::move(outcome_);
  }

  const ProgramCall& call_;
  RunningProgram& program_;
  SteadyClock::time_point deadline_;
  std::array<pollfd, 4> polled_;
  std::optional<ProgramEnd> cut_;
  ProgramOutcome outcome_;
};

// The system's text for a script without its interpreter misleads.
Error cannot_start(const std::string& path, int number) {
  const std::string start = "cannot start " + path + ": ";
  if (number == ENOEXEC) {
    return {PlatformErrc::malformed, ErrorKind::permanent,
            start + "a script's first line must name its interpreter, such as #!/bin/sh"};
  }
  if (number == ENOENT && ::access(path.c_str(), F_OK) == 0) {
    return {PlatformErrc::not_found, ErrorKind::permanent,
            start +
                "the file is there, but not the interpreter in its first line (a carriage return "
                "at the line's end counts as part of that name)"};
  }
  return system_error(number, "start " + path);
}

}  // namespace

Result<ProgramOutcome> run_program(const ProgramCall& call, const StopToken& stop) {
  CC_TRY_ASSIGN(PipeEnds output, open_pipe());
  CC_TRY_ASSIGN(PipeEnds errors, open_pipe());
  const FileDescriptor stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stopped.valid()) return system_error(errno, "make an eventfd");
  std::vector<std::string> arguments{call.path};
  arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
  std::vector<std::string> environment = call.environment;
  const SpawnSetUp set_up(output.write.get(), errors.write.get());
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, call.path.c_str(), set_up.actions(), set_up.attributes(),
                                   pointers(arguments).data(), pointers(environment).data());
  if (failed != 0) return cannot_start(call.path, failed);
  output.write = FileDescriptor();
  errors.write = FileDescriptor();
  RunningProgram program(pid, FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  if (program.ended() < 0) {  // it runs, so it may have done its work
    program.reap();
    ProgramOutcome unwatched;
    unwatched.end = ProgramEnd::killed_by_signal;
    return unwatched;
  }
  const StopCallback wake =
      stop.on_stop([fd = stopped.get()] { static_cast<void>(::eventfd_write(fd, 1)); });
  return Watch(call, program, output.read.get(), errors.read.get(), stopped.get()).until_it_ends();
}

std::vector<std::string> basic_environment() {
  return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
}

Status check_program(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    const int failed = errno;
    if (auto other = obstacle(path, Wanted::file)) return *std::move(other);
    return with_why_denied(system_error(failed, "use " + path), path, Access::execute);
  }
  if (!S_ISREG(about.st_mode)) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent, path + " is not a program");
  }
  if ((about.st_mode & S_IWOTH) != 0) {
    return Error(PlatformErrc::too_open, ErrorKind::permanent,
                 path + " may be changed by every user; run: chmod o-w " + text::shell_word(path));
  }
  if ((about.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent,
                 path + " is not executable; run: chmod +x " + text::shell_word(path));
  }
  if (::access(path.c_str(), X_OK) == 0) return {};
  return with_why_denied(system_error(errno, "execute " + path), path, Access::execute);
}

}  // namespace certconnector::platform
