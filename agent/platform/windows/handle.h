#pragma once

#include <windows.h>

#include <utility>

#include "agent/platform/open_file.h"

namespace certconnector::platform {

// Owns one handle of the kernel. Not thread-safe.
class Handle {
 public:
  Handle() = default;
  // Takes what a call gives that answers INVALID_HANDLE_VALUE or null when it fails.
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    reset();
    handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  [[nodiscard]] HANDLE get() const { return handle_; }
  [[nodiscard]] bool valid() const { return handle_ != nullptr; }
  [[nodiscard]] HANDLE release() { return std::exchange(handle_, nullptr); }
  void reset() {
    if (handle_ != nullptr) ::CloseHandle(handle_);
    handle_ = nullptr;
  }

 private:
  HANDLE handle_ = nullptr;
};

// Stays the file's.
[[nodiscard]] inline HANDLE native_handle(const OpenFile& file) {
  return reinterpret_cast<HANDLE>(file.native());
}

}  // namespace certconnector::platform
