// Errors as values: what failed (code), whether trying again can help (kind), and words for a
// person.
//
// A module declares `enum class XErrc` and a free function `ErrorCode error_code(XErrc)` beside it;
// the constructor of Error finds it by argument-dependent lookup. Decisions look at kind() alone;
// code() is for tests, logs and the wire. Messages never hold secrets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace certconnector {

enum class ErrorKind {
  transient,  // may succeed later without anyone acting: network, disk full, busy
  permanent,  // will fail the same way again: bad input, unsupported
  denied,     // someone with authority said no: refused credentials, CA policy
  corrupt     // stored state is damaged: stop, do not overwrite
};

[[nodiscard]] constexpr std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::permanent:
      return "permanent";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::corrupt:
      return "corrupt";
  }
  return "unknown";
}

// The views must refer to what lives as long as the program. `name` is stable: it is on the wire
// and in logs.
struct ErrorCode {
  std::string_view module;
  std::string_view name;
  // The next step for a person, a sentence without its full stop; empty: as the kind suggests.
  std::string_view remedy = {};

  friend constexpr bool operator==(const ErrorCode& a, const ErrorCode& b) {
    return a.module == b.module && a.name == b.name;
  }
  friend constexpr bool operator!=(const ErrorCode& a, const ErrorCode& b) { return !(a == b); }
};

class [[nodiscard]] Error {
 public:
  template <typename Errc>
  Error(Errc errc, ErrorKind kind, std::string message)
      : code_(error_code(errc)), kind_(kind), message_(std::move(message)) {}

  [[nodiscard]] const ErrorCode& code() const { return code_; }
  [[nodiscard]] ErrorKind kind() const { return kind_; }
  // "outer: inner", outermost context first.
  [[nodiscard]] const std::string& message() const { return message_; }

  // How long the other side asked us to stay away (Retry-After), if it said so. Transient errors
  // only.
  [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after() const {
    return retry_after_;
  }
  [[nodiscard]] Error with_retry_after(std::chrono::milliseconds wait) && {
    retry_after_ = wait;
    return std::move(*this);
  }

  // Says on the way up what was being done: `error.with_context("leasing jobs")`.
  [[nodiscard]] Error with_context(std::string_view doing) const& {
    Error copy = *this;
    return std::move(copy).with_context(doing);
  }
  [[nodiscard]] Error with_context(std::string_view doing) && {
    message_.insert(0, std::string(doing) + ": ");
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  ErrorKind kind_;
  std::string message_;
  std::optional<std::chrono::milliseconds> retry_after_;
};

}  // namespace certconnector
