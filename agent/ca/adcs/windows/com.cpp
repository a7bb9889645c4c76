#include "agent/ca/adcs/windows/com.h"

#include "agent/platform/windows/wide.h"

namespace certconnector::ca {
namespace {

std::string utf8_of(BSTR text) {
  return text == nullptr ? "" : platform::narrow(std::wstring(text, ::SysStringLen(text)));
}

Bytes octets_of(BSTR text) {
  if (text == nullptr) return {};
  const auto* first = reinterpret_cast<const std::uint8_t*>(text);
  return Bytes(first, first + ::SysStringByteLen(text));
}

}  // namespace

Bstr::Bstr(const std::wstring& text)
    : text_(::SysAllocStringLen(text.data(), static_cast<UINT>(text.size()))) {}

Bstr::Bstr(ByteView octets)
    : text_(::SysAllocStringByteLen(reinterpret_cast<LPCSTR>(octets.data()),
                                    static_cast<UINT>(octets.size()))) {}

std::string Bstr::utf8() const { return utf8_of(text_); }
Bytes Bstr::octets() const { return octets_of(text_); }

void Variant::set_date(DATE date) {
  ::VariantClear(&value_);
  value_.vt = VT_DATE;
  value_.date = date;
}

LONG Variant::number() const { return value_.vt == VT_I4 ? value_.lVal : 0; }
std::string Variant::utf8() const { return value_.vt == VT_BSTR ? utf8_of(value_.bstrVal) : ""; }
Bytes Variant::octets() const { return value_.vt == VT_BSTR ? octets_of(value_.bstrVal) : Bytes(); }

}  // namespace certconnector::ca
