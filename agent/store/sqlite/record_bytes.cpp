#include "agent/store/sqlite/record_bytes.h"

#include <algorithm>
#include <cstring>

namespace certconnector::store {
namespace {

// The eight octets written out: compilers make one load of it.
std::uint64_t little_endian(const std::uint8_t* p) {
  return std::uint64_t{p[0]} | std::uint64_t{p[1]} << 8U | std::uint64_t{p[2]} << 16U |
         std::uint64_t{p[3]} << 24U | std::uint64_t{p[4]} << 32U | std::uint64_t{p[5]} << 40U |
         std::uint64_t{p[6]} << 48U | std::uint64_t{p[7]} << 56U;
}

}  // namespace

// FNV-1a over words of eight octets. Each step maps the state one to one, so that no change inside
// one word goes unseen.
std::uint64_t checksum(ByteView bytes) {
  constexpr std::uint64_t kPrime = 0x100000001B3U;
  std::uint64_t state = 0xCBF29CE484222325U ^ bytes.size();
  const auto mix = [&state](std::uint64_t word) {
    state = (state ^ word) * kPrime;
    state ^= state >> 32U;
  };
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) mix(little_endian(bytes.data() + at));
  std::uint64_t rest = 0;
  for (unsigned shift = 0; at < bytes.size(); ++at, shift += 8) {
    rest |= std::uint64_t{bytes[at]} << shift;
  }
  mix(rest);
  return state;
}

void RecordWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out_.push_back(static_cast<std::uint8_t>(value));
}

void RecordWriter::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number(value < 0 ? ~(bits << 1U) : bits << 1U);
}

void RecordWriter::bytes(ByteView value) {
  number(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
}

void RecordWriter::optional_text(const std::optional<std::string>& value) {
  flag(value.has_value());
  if (value) text(*value);
}

Bytes with_checksum(Bytes record) {
  const std::uint64_t sum = checksum(record);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    record.push_back(static_cast<std::uint8_t>(sum >> shift));
  }
  return record;
}

RecordReader::RecordReader(ByteView sealed, std::uint8_t version) {
  if (sealed.size() < kChecksumSize + 1) {
    fail();
    return;
  }
  const ByteView body = sealed.subview(0, sealed.size() - kChecksumSize);
  if (checksum(body) != little_endian(sealed.data() + body.size()) || body[0] != version) {
    fail();
    return;
  }
  rest_ = body.subview(1, body.size() - 1);
}

void RecordReader::fail() {
  ok_ = false;
  rest_ = {};
}

std::uint8_t RecordReader::octet() {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  const std::uint8_t value = rest_[0];
  rest_ = rest_.subview(1, rest_.size() - 1);
  return value;
}

std::uint64_t RecordReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = octet();
    // The tenth octet has room for one bit.
    if (!ok_ || (shift == 63 && next > 1)) break;
    value |= std::uint64_t{next & 0x7FU} << shift;
    if ((next & 0x80U) == 0) return value;
  }
  fail();
  return 0;
}

std::uint64_t RecordReader::number_up_to(std::uint64_t max) {
  const std::uint64_t value = number();
  if (value <= max) return value;
  fail();
  return 0;
}

std::int64_t RecordReader::signed_number() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>((bits & 1U) != 0 ? ~(bits >> 1U) : bits >> 1U);
}

bool RecordReader::flag() { return number_up_to(1) == 1; }

ByteView RecordReader::bytes(std::size_t max) {
  const auto size = static_cast<std::size_t>(number_up_to(std::min(max, rest_.size())));
  if (!ok_ || size > rest_.size()) {
    fail();
    return {};
  }
  const ByteView value = rest_.subview(0, size);
  rest_ = rest_.subview(size, rest_.size() - size);
  return value;
}

std::optional<std::string> RecordReader::optional_text(std::size_t max) {
  if (!flag()) return std::nullopt;
  return text(max);
}

}  // namespace certconnector::store
