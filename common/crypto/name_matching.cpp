#include "common/crypto/name_matching.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "common/crypto/directory_string.h"
#include "common/text/characters.h"
#include "common/text/letter_case.h"

namespace certconnector::crypto {
namespace {

struct FreeMapped {
  void operator()(utf8proc_uint8_t* text) const {
    std::free(text);
  }  // NOLINT: the library's malloc
};

constexpr unsigned kNfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
// NFKC_Casefold (Unicode section 3.13, D146), and what else looks the same.
constexpr unsigned kWidest =
    kNfc | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPCC | UTF8PROC_LUMP;

// Of a longer row, putting it in order costs the square of its length.
constexpr std::size_t kMostMarks = 30;          // UAX #15, section 13.1
constexpr std::size_t kMostCharacters = 32768;  // RFC 5280, ub-name

// The combining marks that stand together, as a normal form with `options` has them in a row.
class MarksInARow {
 public:
  explicit MarksInARow(unsigned options) : options_(static_cast<utf8proc_option_t>(options)) {}

  void add(char32_t character) {
    constexpr utf8proc_ssize_t kLongestExpansion = 32;
    std::array<utf8proc_int32_t, kLongestExpansion> parts{};
    int no_boundary = 0;
    const auto size =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), parts.data(),
                                kLongestExpansion, options_, &no_boundary);
    for (utf8proc_ssize_t i = 0; i < std::min(size, kLongestExpansion); ++i) {
      const auto* property = utf8proc_get_property(parts[static_cast<std::size_t>(i)]);
      // Control characters may go, and what stands around them is then one row.
      if (property->category == UTF8PROC_CATEGORY_CC) continue;
      count_ = property->combining_class == 0 ? 0 : count_ + 1;
      longest_ = std::max(longest_, count_);
    }
  }
  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  utf8proc_option_t options_;
  std::size_t count_ = 0;
  std::size_t longest_ = 0;
};

bool has_too_many_marks(std::string_view utf8) {
  MarksInARow narrow(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  MarksInARow wide(kWidest);
  while (!utf8.empty()) {
    const text::Character c = text::first_character(utf8);
    if (c.size == 0) return true;
    narrow.add(c.code);
    wide.add(c.code);
    if (std::max(narrow.longest(), wide.longest()) > kMostMarks) return true;
    utf8.remove_prefix(c.size);
  }
  return false;
}

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
  if (broken_matching_rule(utf8)) return std::string(utf8);
  // First NFC: canonically equal texts are one before they are folded (Unicode section 3.13, D145).
  return mapped(mapped(std::string(utf8), kNfc), kNfc | UTF8PROC_CASEFOLD);
}

// Java puts a letter into its capital and back, and so takes a dotless i for an i.
std::string with_dotted_i(std::string text) {
  constexpr std::string_view kDotless = "\u0131";
  for (std::size_t at = text.find(kDotless); at != std::string::npos; at = text.find(kDotless)) {
    text.replace(at, kDotless.size(), "i");
  }
  return text;
}

// Each such character is its own widest form but for its case.
bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string widely_folded(std::string_view utf8) {
  if (is_printable_ascii(utf8)) return text::to_lower(utf8);
  if (broken_matching_rule(utf8)) return std::string(utf8);
  const std::string once = mapped(mapped(std::string(utf8), kNfc), kWidest);
  // Again, since other characters may stand together now.
  return mapped(with_dotted_i(once), kWidest);
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

// RFC 5280 section 7.5: the local part as it is, the host without regard to case.
std::string one_mailbox(const std::string& address) {
  const std::size_t host = address.rfind('@');
  if (host == std::string::npos) return address;
  return address.substr(0, host) + text::to_lower(std::string_view(address).substr(host));
}

// The small letter of a capital, and no other character.
utf8proc_int32_t small_letter(utf8proc_int32_t character, void* /*unused*/) {
  const utf8proc_int32_t small = utf8proc_tolower(character);
  return utf8proc_toupper(small) == character ? small : character;
}

// NFC, and each letter in lower case: never another letter or two for one, which would be another
// account.
std::string one_account(const std::string& name) {
  if (is_ascii(name)) return text::to_lower(name);
  if (broken_matching_rule(name)) return name;
  const std::string nfc = mapped(name, kNfc);
  utf8proc_uint8_t* made = nullptr;
  const auto size =
      utf8proc_map_custom(as_bytes(nfc).data(), static_cast<utf8proc_ssize_t>(nfc.size()), &made,
                          static_cast<utf8proc_option_t>(kNfc), small_letter, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, FreeMapped> owner(made);
  if (size < 0 || made == nullptr) return name;
  return std::string(as_text(ByteView(made, static_cast<std::size_t>(size))));
}

template <typename Form>
DistinguishedName form_of(const DistinguishedName& name, Form form) {
  DistinguishedName made;
  made.reserve(name.size());
  for (const RelativeName& relative : name) {
    RelativeName& set = made.emplace_back();
    for (const NameAttribute& attribute : relative) {
      set.push_back({attribute.oid, form(attribute.value)});
    }
    std::sort(set.begin(), set.end(), comes_before);
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  return made;
}

}  // namespace

std::optional<std::string> broken_matching_rule(std::string_view utf8) {
  if (is_ascii(utf8)) return std::nullopt;
  const std::size_t size = characters_of(utf8);
  if (size > kMostCharacters) {
    return "has " + std::to_string(size) + " characters; at most " +
           std::to_string(kMostCharacters) + " are compared (RFC 5280, ub-name)";
  }
  if (!has_too_many_marks(utf8)) return std::nullopt;
  return "has more than " + std::to_string(kMostMarks) +
         " combining marks in a row (UAX #15, section 13.1)";
}

std::string matching_form(std::string_view utf8) { return without_needless_blanks(folded(utf8)); }

DistinguishedName matching_form(const DistinguishedName& name) {
  return form_of(name, [](std::string_view value) { return matching_form(value); });
}

std::string widest_form(std::string_view utf8) {
  return without_needless_blanks(widely_folded(utf8));
}

DistinguishedName widest_form(const DistinguishedName& name) {
  return form_of(name, [](std::string_view value) { return widest_form(value); });
}

GeneralName matching_form(GeneralName name) {
  switch (name.kind) {
    case GeneralNameKind::dns:
      name.value = text::to_lower(name.value);
      return name;
    case GeneralNameKind::email:
      name.value = one_mailbox(name.value);
      return name;
    case GeneralNameKind::upn:
      name.value = without_needless_blanks(one_account(name.value));
      return name;
    case GeneralNameKind::ip: {
      auto same = canonical(name);
      return same.ok() ? std::move(same).value() : name;
    }
    case GeneralNameKind::directory: {
      const auto parsed = parse_rfc4514(name.value);
      if (parsed.ok()) name.value = to_rfc4514(matching_form(*parsed));
      return name;
    }
    case GeneralNameKind::uri:
    case GeneralNameKind::other:
      return name;
  }
  return name;
}

bool same_name(const DistinguishedName& a, const DistinguishedName& b) {
  return a == b || matching_form(a) == matching_form(b);
}

}  // namespace certconnector::crypto
