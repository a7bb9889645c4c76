#include "common/crypto/name_matching.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "common/crypto/directory_string.h"
#include "common/text/letter_case.h"

namespace certconnector::crypto {
namespace {

struct FreeMapped {
  void operator()(utf8proc_uint8_t* text) const {
    std::free(text);
  }  // NOLINT: the library's malloc
};

// Text that the library cannot map stays as it is, and so matches only itself.
std::string mapped(const std::string& utf8, unsigned options) {
  utf8proc_uint8_t* made = nullptr;
  const auto size = utf8proc_map(as_bytes(utf8).data(), static_cast<utf8proc_ssize_t>(utf8.size()),
                                 &made, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, FreeMapped> owner(made);
  if (size < 0 || made == nullptr) return utf8;
  return std::string(as_text(ByteView(made, static_cast<std::size_t>(size))));
}

std::string folded(std::string_view utf8) {
  if (is_ascii(utf8)) return text::to_lower(utf8);
  constexpr unsigned kNfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
  // First NFC: canonically equal texts are one before they are folded (Unicode section 3.13, D145).
  return mapped(mapped(std::string(utf8), kNfc), kNfc | UTF8PROC_CASEFOLD);
}

std::string without_needless_blanks(const std::string& text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ') {
      blank = !out.empty();
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

bool comes_before(const NameAttribute& a, const NameAttribute& b) {
  return a.oid != b.oid ? a.oid < b.oid : a.value < b.value;
}

}  // namespace

std::string matching_form(std::string_view utf8) { return without_needless_blanks(folded(utf8)); }

DistinguishedName matching_form(const DistinguishedName& name) {
  DistinguishedName form;
  form.reserve(name.size());
  for (const RelativeName& relative : name) {
    RelativeName& set = form.emplace_back();
    for (const NameAttribute& attribute : relative) {
      set.push_back({attribute.oid, matching_form(attribute.value)});
    }
    std::sort(set.begin(), set.end(), comes_before);
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return form;
}

bool same_name(const DistinguishedName& a, const DistinguishedName& b) {
  return a == b || matching_form(a) == matching_form(b);
}

}  // namespace certconnector::crypto
