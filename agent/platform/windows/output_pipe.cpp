#include "agent/platform/windows/output_pipe.h"

#include <algorithm>
#include <array>

#include "agent/platform/windows/system_error.h"

namespace certconnector::platform {

Result<Handle> OutputPipe::open() {
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  SECURITY_ATTRIBUTES inherited{sizeof(inherited), nullptr, TRUE};
  if (::CreatePipe(&read, &write, &inherited, 0) == 0)
    return system_error(::GetLastError(), "make a pipe");
  read_ = Handle(read);
  Handle given(write);
  if (::SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0) == 0)
    return system_error(::GetLastError(), "set up a pipe");
  thread_ = std::thread([this] { read_all(); });
  return given;
}

OutputPipe::~OutputPipe() {
  if (thread_.joinable()) thread_.join();
}

std::string OutputPipe::take() {
  if (thread_.joinable()) thread_.join();
  return std::move(text_);
}

void OutputPipe::read_all() {
  std::array<char, 16384> buffer{};
  DWORD count = 0;
  while (::ReadFile(read_.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count,
                    nullptr) != 0) {
    keep(buffer.data(), count);
  }
}

void OutputPipe::keep(const char* octets, std::size_t count) {
  const bool fitted = text_.size() <= limit_;
  text_.append(octets, std::min(count, limit_ + 1 - std::min(text_.size(), limit_ + 1)));
  if (fitted && text_.size() > limit_) too_much_();
}

}  // namespace certconnector::platform
