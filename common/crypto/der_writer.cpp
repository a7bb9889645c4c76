#include <array>

#include "common/crypto/der.h"
#include "common/time/civil.h"

namespace certconnector::crypto::der {
namespace {

// The length octets, X.690 section 10.1.
struct Length {
  std::array<std::uint8_t, 1 + sizeof(std::size_t)> octets{};
  std::size_t count = 0;
};

Length encode_length(std::size_t size) {
  Length length;
  if (size < 0x80) {
    length.octets[0] = static_cast<std::uint8_t>(size);
    length.count = 1;
    return length;
  }
  unsigned octets = 1;
  while (octets < sizeof size && size >> (8U * octets) != 0) ++octets;
  length.octets[0] = static_cast<std::uint8_t>(0x80U | octets);
  for (unsigned i = 0; i < octets; ++i) {
    length.octets[1 + i] = static_cast<std::uint8_t>(size >> (8U * (octets - 1 - i)));
  }
  length.count = 1 + octets;
  return length;
}

std::string time_text(Timestamp t, bool with_century) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t.time_since_epoch());
  const CivilTime c = to_civil(seconds);
  std::string out;
  out.reserve(16);
  if (with_century) {
    append_digits(out, c.year, 4);
  } else {
    append_digits(out, c.year % 100, 2);
  }
  for (const int part : {c.month, c.day, c.hour, c.minute, c.second}) append_digits(out, part, 2);
  out += 'Z';
  return out;
}

}  // namespace

void Writer::raw(ByteView encoded) { out_->insert(out_->end(), encoded.begin(), encoded.end()); }

void Writer::header(std::uint8_t tag, std::size_t size) {
  const Length length = encode_length(size);
  out_->push_back(tag);
  raw({length.octets.data(), length.count});
}

void Writer::element(std::uint8_t tag, ByteView value) {
  header(tag, value.size());
  raw(value);
}

std::size_t Writer::begin(std::uint8_t tag) {
  out_->push_back(tag);
  return out_->size();
}

void Writer::end(std::size_t start) {
  const Length length = encode_length(out_->size() - start);
  out_->insert(out_->begin() + static_cast<std::ptrdiff_t>(start), length.octets.begin(),
               length.octets.begin() + static_cast<std::ptrdiff_t>(length.count));
}

void Writer::integer(std::uint64_t value) {
  std::array<std::uint8_t, sizeof value> octets{};
  for (unsigned i = 0; i < octets.size(); ++i) {
    octets[octets.size() - 1 - i] = static_cast<std::uint8_t>(value >> (8U * i));
  }
  unsigned_integer({octets.data(), octets.size()});
}

void Writer::unsigned_integer(ByteView magnitude, std::uint8_t tag) {
  while (!magnitude.empty() && magnitude[0] == 0) {
    magnitude = magnitude.subview(1, magnitude.size() - 1);
  }
  const bool needs_zero = magnitude.empty() || magnitude[0] >= 0x80;
  nest(tag, [&] {
    if (needs_zero) out_->push_back(0);
    raw(magnitude);
  });
}

void Writer::boolean(bool value) {
  const std::uint8_t octet = value ? 0xFF : 0x00;
  element(kBoolean, ByteView(&octet, 1));
}

void Writer::bit_string(ByteView octets) {
  nest(kBitString, [&] {
    out_->push_back(0);
    raw(octets);
  });
}

void Writer::bit_flags(std::uint16_t flags) {
  std::array<std::uint8_t, 3> value{};
  std::size_t size = 1;
  for (unsigned bit = 0; bit < 16; ++bit) {
    if ((flags >> bit & 1U) == 0) continue;
    size = 2 + bit / 8;
    value[size - 1] = static_cast<std::uint8_t>(value[size - 1] | 0x80U >> bit % 8);
    value[0] = static_cast<std::uint8_t>(7U - bit % 8);
  }
  element(kBitString, ByteView(value.data(), size));
}

void Writer::time(Timestamp t) {
  constexpr std::chrono::seconds kYear2050(2524608000);
  if (t >= Timestamp(kYear2050)) {
    generalized_time(t);
  } else {
    element(kUtcTime, time_text(t, false));
  }
}

void Writer::generalized_time(Timestamp t) { element(kGeneralizedTime, time_text(t, true)); }

}  // namespace certconnector::crypto::der
