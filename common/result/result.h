// Result<T>: a value or an Error. Status is Result<void>.
//
// Reading value() of a failed result, or error() of a good one, is a programming error and aborts.
#pragma once

#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "common/result/error.h"

namespace certconnector {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & { return checked<0>(); }
  [[nodiscard]] const T& value() const& { return const_cast<Result*>(this)->template checked<0>(); }
  [[nodiscard]] T&& value() && { return std::move(checked<0>()); }
  [[nodiscard]] const Error& error() const& {
    return const_cast<Result*>(this)->template checked<1>();
  }
  [[nodiscard]] Error&& error() && { return std::move(checked<1>()); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  template <std::size_t I>
  auto& checked() {
    auto* held = std::get_if<I>(&state_);
    if (held == nullptr) std::abort();
    return *held;
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    if (!error_) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace certconnector

// CC_TRY(expr): leaves the function with the error of expr, if it has one.
// CC_TRY_ASSIGN(auto x, expr): the same, else binds the value.
#define CC_CONCAT_INNER(a, b) a##b
#define CC_CONCAT(a, b) CC_CONCAT_INNER(a, b)
#define CC_TRY(expr)                                                       \
  do {                                                                     \
    auto cc_status = (expr);                                               \
    if (!cc_status.ok()) return ::certconnector::Error(cc_status.error()); \
  } while (false)
#define CC_TRY_ASSIGN(declaration, expr) \
  CC_TRY_ASSIGN_INNER(CC_CONCAT(cc_result_, __LINE__), declaration, expr)
#define CC_TRY_ASSIGN_INNER(name, declaration, expr)                      \
  auto name = (expr);                                                     \
  if (!name.ok()) return ::certconnector::Error(std::move(name).error()); \
  declaration = std::move(name).value()
