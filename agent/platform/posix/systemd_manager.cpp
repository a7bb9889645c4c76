#include "agent/platform/posix/systemd_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::platform {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Duration> watchdog_from_environment() {
  const auto microseconds = number(environment("WATCHDOG_USEC"));
  if (!microseconds || *microseconds <= 0) return std::nullopt;
  const auto pid = number(environment("WATCHDOG_PID"));
  if (pid && *pid != ::getpid()) return std::nullopt;
  return std::max(Duration(1),
                  std::chrono::duration_cast<Duration>(std::chrono::microseconds(*microseconds)));
}

// A status line is one line.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::int64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

}  // namespace

std::unique_ptr<ServiceManager> service_manager() {
  return std::make_unique<SystemdManager>(SystemdManager::from_environment());
}

SystemdManager SystemdManager::from_environment() {
  SystemdManager service_manager(environment("NOTIFY_SOCKET"), watchdog_from_environment());
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  return service_manager;
}

void SystemdManager::ready(std::string_view status) const {
  send("READY=1\nSTATUS=" + one_line(status));
}
void SystemdManager::status(std::string_view status) const { send("STATUS=" + one_line(status)); }
void SystemdManager::reloading() const {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}
void SystemdManager::stopping() const { send("STOPPING=1"); }
void SystemdManager::alive() const { send("WATCHDOG=1"); }
void SystemdManager::extend_timeout(Duration more) const {
  send("EXTEND_TIMEOUT_USEC=" + std::to_string(std::chrono::microseconds(more).count()));
}

void SystemdManager::send(const std::string& message) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(&address.sun_path[0], socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  // Nobody to tell when it fails: the service manager's time limit is what then acts.
  (void)::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace certconnector::platform
