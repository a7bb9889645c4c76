#include "common/crypto/der.h"

#include "common/time/civil.h"

namespace certconnector::crypto::der {
namespace {

constexpr std::uint8_t kHighTagNumber = 0x1F;

struct Header {
  std::uint8_t tag = 0;
  std::size_t header_size = 0;
  std::size_t value_size = 0;
};

// X.690 section 10.1: the definite form in as few octets as can be.
std::optional<Header> read_header(ByteView in) {
  if (in.size() < 2 || (in[0] & kHighTagNumber) == kHighTagNumber) return std::nullopt;
  Header header{in[0], 2, in[1]};
  if (in[1] >= 0x80) {
    const std::size_t count = in[1] & 0x7FU;
    if (count == 0 || count > 4 || in.size() < 2 + count || in[2] == 0) return std::nullopt;
    header.value_size = 0;
    for (std::size_t i = 0; i < count; ++i) header.value_size = header.value_size << 8U | in[2 + i];
    if (header.value_size < 0x80) return std::nullopt;
    header.header_size += count;
  }
  if (header.value_size > in.size() - header.header_size) return std::nullopt;
  return header;
}

bool is_minimal_integer(ByteView value) {
  if (value.empty()) return false;
  if (value.size() == 1) return true;
  const bool needless_zero = value[0] == 0x00 && value[1] < 0x80;
  const bool needless_ones = value[0] == 0xFF && value[1] >= 0x80;
  return !needless_zero && !needless_ones;
}

bool is_oid(ByteView contents) {
  if (contents.empty() || (contents[contents.size() - 1] & 0x80U) != 0) return false;
  bool at_start = true;
  for (const std::uint8_t octet : contents) {
    if (at_start && octet == 0x80) return false;  // a leading zero of an arc
    at_start = (octet & 0x80U) == 0;
  }
  return true;
}

std::optional<int> digits(ByteView text, std::size_t from, std::size_t count) {
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "MMDDHHMMSSZ" from `from` to the end.
std::optional<Timestamp> time_from(int year, ByteView text, std::size_t from) {
  const auto month = digits(text, from, 2);
  const auto day = digits(text, from + 2, 2);
  const auto hour = digits(text, from + 4, 2);
  const auto minute = digits(text, from + 6, 2);
  const auto second = digits(text, from + 8, 2);
  if (!month || !day || !hour || !minute || !second || text[from + 10] != 'Z') return std::nullopt;
  const auto seconds = from_civil({year, *month, *day, *hour, *minute, *second});
  if (!seconds) return std::nullopt;
  return Timestamp(*seconds);
}

std::uint8_t reverse_bits(std::uint8_t octet) {
  unsigned reversed = 0;
  for (unsigned bit = 0; bit < 8; ++bit) reversed |= (octet >> bit & 1U) << (7U - bit);
  return static_cast<std::uint8_t>(reversed);
}

}  // namespace

std::optional<Element> Reader::read_any() {
  const auto header = read_header(rest_);
  if (!header) return std::nullopt;
  const std::size_t size = header->header_size + header->value_size;
  const Element element{header->tag, rest_.subview(header->header_size, header->value_size),
                        rest_.subview(0, size)};
  rest_ = rest_.subview(size, rest_.size() - size);
  return element;
}

std::optional<Element> Reader::read_element(std::uint8_t tag) {
  if (!next_is(tag)) return std::nullopt;
  return read_any();
}

std::optional<ByteView> Reader::read(std::uint8_t tag) {
  const auto element = read_element(tag);
  if (!element) return std::nullopt;
  return element->value;
}

std::optional<Reader> Reader::enter(std::uint8_t tag) {
  const auto value = read(tag);
  if (!value) return std::nullopt;
  return Reader(*value);
}

std::optional<ByteView> Reader::read_integer() {
  Reader ahead = *this;
  const auto value = ahead.read(kInteger);
  if (!value || !is_minimal_integer(*value)) return std::nullopt;
  *this = ahead;
  return value;
}

std::optional<ByteView> Reader::read_unsigned(std::uint8_t tag) {
  Reader ahead = *this;
  const auto value = ahead.read(tag);
  if (!value || !is_minimal_integer(*value) || (*value)[0] >= 0x80) return std::nullopt;
  *this = ahead;
  return (*value)[0] == 0 ? value->subview(1, value->size() - 1) : *value;
}

std::optional<std::uint64_t> Reader::read_small_unsigned(std::uint8_t tag) {
  Reader ahead = *this;
  const auto magnitude = ahead.read_unsigned(tag);
  if (!magnitude || magnitude->size() > sizeof(std::uint64_t)) return std::nullopt;
  *this = ahead;
  std::uint64_t value = 0;
  for (const std::uint8_t octet : *magnitude) value = value << 8U | octet;
  return value;
}

std::optional<bool> Reader::read_boolean() {
  Reader ahead = *this;
  const auto value = ahead.read(kBoolean);
  if (!value || value->size() != 1 || ((*value)[0] != 0x00 && (*value)[0] != 0xFF)) {
    return std::nullopt;
  }
  *this = ahead;
  return (*value)[0] == 0xFF;
}

std::optional<ByteView> Reader::read_oid() {
  Reader ahead = *this;
  const auto value = ahead.read(kOid);
  if (!value || !is_oid(*value)) return std::nullopt;
  *this = ahead;
  return value;
}

std::optional<ByteView> Reader::read_bit_string() {
  Reader ahead = *this;
  const auto value = ahead.read(kBitString);
  if (!value || value->empty() || (*value)[0] != 0) return std::nullopt;
  *this = ahead;
  return value->subview(1, value->size() - 1);
}

std::optional<std::uint16_t> Reader::read_bit_flags() {
  Reader ahead = *this;
  const auto value = ahead.read(kBitString);
  if (!value || value->empty() || value->size() > 3 || (*value)[0] > 7) return std::nullopt;
  const unsigned unused = (*value)[0];
  const std::uint8_t last = (*value)[value->size() - 1];
  if (value->size() == 1 && unused != 0) return std::nullopt;
  // X.690 section 11.2.1: unused bits are zero. That the list ends with a one is not asked for.
  if (value->size() > 1 && (last & ((1U << unused) - 1U)) != 0) return std::nullopt;
  *this = ahead;
  const unsigned low = value->size() > 1 ? reverse_bits((*value)[1]) : 0U;
  const unsigned high = value->size() > 2 ? reverse_bits((*value)[2]) : 0U;
  return static_cast<std::uint16_t>(high << 8U | low);
}

std::optional<Timestamp> Reader::read_time() {
  Reader ahead = *this;
  const auto element = ahead.read_any();
  if (!element) return std::nullopt;
  const ByteView text = element->value;
  std::optional<Timestamp> time;
  if (element->tag == kUtcTime && text.size() == 13) {
    const auto year = digits(text, 0, 2);
    if (year) time = time_from(*year < 50 ? 2000 + *year : 1900 + *year, text, 2);
  } else if (element->tag == kGeneralizedTime && text.size() == 15) {
    const auto year = digits(text, 0, 4);
    if (year) time = time_from(*year, text, 4);
  }
  if (time) *this = ahead;
  return time;
}

std::optional<ByteView> read_only(ByteView input, std::uint8_t tag) {
  Reader reader(input);
  const auto value = reader.read(tag);
  if (!value || !reader.at_end()) return std::nullopt;
  return value;
}

}  // namespace certconnector::crypto::der
