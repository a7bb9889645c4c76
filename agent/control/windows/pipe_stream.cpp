#include "agent/control/windows/pipe_stream.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "agent/control/transport_errors.h"
#include "agent/platform/windows/system_message.h"

namespace certconnector::control {

namespace {

// Of one call: the system keeps what it writes in memory that it never swaps out.
constexpr std::size_t kMostAtOnce = std::size_t{64} * 1024;

Error system_error(std::string_view doing, DWORD code) {
  return Error(TransportErrc::failed, ErrorKind::transient, platform::system_message(code))
      .with_context(doing);
}

DWORD milliseconds_until(OctetStream::Deadline deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<DWORD>(std::clamp<milliseconds::rep>(left.count(), 0, INFINITE - 1));
}

bool is_hang_up(DWORD error) {
  return error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA ||
         error == ERROR_PIPE_NOT_CONNECTED || error == ERROR_HANDLE_EOF;
}

OVERLAPPED call_with(HANDLE done) {
  OVERLAPPED call{};
  call.hEvent = done;
  return call;
}

}  // namespace

Result<PipeStream::Outcome> PipeStream::finish(BOOL begun, OVERLAPPED& call,
                                               Deadline deadline) const {
  const DWORD error = begun != 0 ? DWORD{ERROR_SUCCESS} : ::GetLastError();
  if (error != ERROR_SUCCESS && error != ERROR_IO_PENDING) return Outcome{error, 0};
  // A call that has ended counts before a stop.
  const std::array<HANDLE, 2> watched{call.hEvent, stop_};
  const DWORD ready = ::WaitForMultipleObjects(stop_ == nullptr ? 1 : 2, watched.data(), FALSE,
                                               milliseconds_until(deadline));
  // The system writes into the caller's memory until the call has ended.
  if (ready != WAIT_OBJECT_0) ::CancelIoEx(pipe_.get(), &call);
  DWORD octets = 0;
  const BOOL done = ::GetOverlappedResult(pipe_.get(), &call, &octets, TRUE);
  const DWORD end = done != 0 ? DWORD{ERROR_SUCCESS} : ::GetLastError();
  if (end != ERROR_OPERATION_ABORTED) return Outcome{end, octets};
  if (ready == WAIT_OBJECT_0 + 1) return stopped();
  return silent();
}

Result<std::size_t> PipeStream::receive(char* octets, std::size_t size, Deadline deadline) {
  const auto most = static_cast<DWORD>(std::min(size, kMostAtOnce));
  // A writer may write nothing, which is no end.
  while (true) {
    if (stop_ != nullptr && ::WaitForSingleObject(stop_, 0) == WAIT_OBJECT_0) return stopped();
    OVERLAPPED call = call_with(done_.get());
    const BOOL begun = ::ReadFile(pipe_.get(), octets, most, nullptr, &call);
    CC_TRY_ASSIGN(const Outcome outcome, finish(begun, call, deadline));
    if (is_hang_up(outcome.error)) return std::size_t{0};
    if (outcome.error != ERROR_SUCCESS) return system_error("ReadFile", outcome.error);
    if (outcome.octets != 0) return outcome.octets;
  }
}

Result<std::size_t> PipeStream::send(std::string_view octets, Deadline deadline) {
  OVERLAPPED call = call_with(done_.get());
  const auto most = static_cast<DWORD>(std::min(octets.size(), kMostAtOnce));
  const BOOL begun = ::WriteFile(pipe_.get(), octets.data(), most, nullptr, &call);
  CC_TRY_ASSIGN(const Outcome outcome, finish(begun, call, deadline));
  if (is_hang_up(outcome.error)) return hung_up();
  if (outcome.error != ERROR_SUCCESS) return system_error("WriteFile", outcome.error);
  return outcome.octets;
}

}  // namespace certconnector::control
