#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "agent/platform/posix/file_descriptor.h"
#include "agent/platform/posix/system_error.h"
#include "agent/platform/service_controls.h"

namespace certconnector::platform {
namespace {

class SignalControls final : public ServiceControls {
 public:
  SignalControls(FileDescriptor signals, FileDescriptor wakeups)
      : signals_(std::move(signals)), wakeups_(std::move(wakeups)) {}

  std::optional<ServiceControl> next(Duration limit) override {
    std::array<pollfd, 2> watched{{{signals_.get(), POLLIN, 0}, {wakeups_.get(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(limit.count())) <= 0) {
      return std::nullopt;
    }
    if (watched[0].revents != 0) return read_signal();
    std::uint64_t count = 0;
    const ssize_t drained = ::read(wakeups_.get(), &count, sizeof(count));
    if (reload_.exchange(false)) return ServiceControl::reload;
    return drained > 0 ? std::optional<ServiceControl>(ServiceControl::wake) : std::nullopt;
  }

  void reload() override {
    reload_ = true;
    wake();
  }

  void wake() override {
    const std::uint64_t one = 1;
    // Only a full counter is refused, and then a wake-up is waiting already.
    [[maybe_unused]] const ssize_t written = ::write(wakeups_.get(), &one, sizeof(one));
  }

 private:
  std::optional<ServiceControl> read_signal() {
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof(info)) != sizeof(info)) return std::nullopt;
    return info.ssi_signo == SIGHUP ? ServiceControl::reload : ServiceControl::stop;
  }

  FileDescriptor signals_;
  FileDescriptor wakeups_;
  std::atomic<bool> reload_{false};  // asked for from inside
};

}  // namespace

Result<std::unique_ptr<ServiceControls>> signal_controls() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched, signal_number);
  if (pthread_sigmask(SIG_BLOCK, &watched, nullptr) != 0)
    return system_error(errno, "block signals");
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  if (::sigaction(SIGPIPE, &ignore, nullptr) != 0) return system_error(errno, "ignore SIGPIPE");
  FileDescriptor signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  FileDescriptor wakeups(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signals.valid() || !wakeups.valid()) return system_error(errno, "watch for signals");
  return std::unique_ptr<ServiceControls>(
      std::make_unique<SignalControls>(std::move(signals), std::move(wakeups)));
}

}  // namespace certconnector::platform
