// Owners of what COM lends: objects, strings, values. Not thread-safe.
#pragma once

#include <windows.h>
#include <oleauto.h>

#include <string>

#include "agent/ca/adcs/hresult.h"
#include "common/text/bytes.h"

namespace certconnector::ca {

// kOk for each success.
[[nodiscard]] inline Hresult result_of(HRESULT result) {
  return SUCCEEDED(result) ? hresult::kOk : static_cast<Hresult>(result);
}

template <typename Interface>
class ComPtr {
 public:
  ComPtr() = default;
  ComPtr(const ComPtr&) = delete;
  ComPtr& operator=(const ComPtr&) = delete;
  ~ComPtr() { reset(); }

  void reset() {
    if (object_ != nullptr) object_->Release();
    object_ = nullptr;
  }
  // For a call that gives an object; the one that was here is released.
  Interface** out() {
    reset();
    return &object_;
  }
  Interface* operator->() const { return object_; }
  Interface* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  Interface* object_ = nullptr;
};

class Bstr {
 public:
  Bstr() = default;
  explicit Bstr(const std::wstring& text);
  explicit Bstr(ByteView octets);
  Bstr(const Bstr&) = delete;
  Bstr& operator=(const Bstr&) = delete;
  ~Bstr() { ::SysFreeString(text_); }

  BSTR* out() {
    ::SysFreeString(text_);
    text_ = nullptr;
    return &text_;
  }
  [[nodiscard]] BSTR get() const { return text_; }
  [[nodiscard]] std::string utf8() const;
  [[nodiscard]] Bytes octets() const;

 private:
  BSTR text_ = nullptr;
};

class Variant {
 public:
  Variant() { ::VariantInit(&value_); }
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;
  ~Variant() { ::VariantClear(&value_); }

  VARIANT* out() {
    ::VariantClear(&value_);
    return &value_;
  }
  void set_date(DATE date);
  [[nodiscard]] const VARIANT* get() const { return &value_; }
  // Of an integer; 0 for anything else.
  [[nodiscard]] LONG number() const;
  [[nodiscard]] std::string utf8() const;
  // Of a string that holds octets.
  [[nodiscard]] Bytes octets() const;

 private:
  VARIANT value_{};
};

}  // namespace certconnector::ca
