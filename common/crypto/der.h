// Strict DER, X.690: a reader that copies nothing and a writer that appends to a buffer.
//
// The reader takes definite, minimal lengths below 2^32 and single-octet tags, which is all that
// X.509, PKCS#10 and CRLs use. It never recurses, so nesting cannot exhaust the stack. Not
// enforced, since real clients get them wrong and nothing of ours depends on them: the order of SET
// OF, and named-bit lists without trailing zero bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::crypto::der {

enum Tag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0A,
  kUtf8String = 0x0C,
  kNumericString = 0x12,
  kPrintableString = 0x13,
  kT61String = 0x14,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kVisibleString = 0x1A,
  kUniversalString = 0x1C,
  kBmpString = 0x1E,
  kSequence = 0x30,
  kSet = 0x31
};
// [n] IMPLICIT of a primitive type, and [n] EXPLICIT or IMPLICIT of a constructed one; n is at
// most 30.
[[nodiscard]] constexpr std::uint8_t context_primitive(unsigned n) {
  return static_cast<std::uint8_t>(0x80U | n);
}
[[nodiscard]] constexpr std::uint8_t context(unsigned n) {
  return static_cast<std::uint8_t>(0xA0U | n);
}

struct Element {
  std::uint8_t tag = 0;
  ByteView value;  // the contents
  ByteView whole;  // tag, length and contents
};

// Reads elements one after another. Returns views into the input. A failed read
// (nothing) leaves the position where it was.
class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }
  [[nodiscard]] ByteView rest() const { return rest_; }

  std::optional<Element> read_any();
  std::optional<Element> read_element(std::uint8_t tag);
  std::optional<ByteView> read(std::uint8_t tag);  // the contents
  std::optional<Reader> enter(std::uint8_t tag);   // a reader of the contents

  std::optional<ByteView> read_integer();  // two's complement, minimal
  // The magnitude of an INTEGER that is not negative: big-endian, no leading zero, empty for 0.
  std::optional<ByteView> read_unsigned(std::uint8_t tag = kInteger);
  std::optional<std::uint64_t> read_small_unsigned(std::uint8_t tag = kInteger);
  std::optional<bool> read_boolean();         // 0x00 or 0xFF only
  std::optional<ByteView> read_oid();         // the contents, checked to be an OBJECT IDENTIFIER
  std::optional<ByteView> read_bit_string();  // the octets, with no unused bits
  std::optional<std::uint16_t>
  read_bit_flags();                      // a named-bit list of up to 16 bits, bit 0 is 1 << 0
  std::optional<Timestamp> read_time();  // UTCTime or GeneralizedTime, RFC 5280 section 4.1.2.5

 private:
  ByteView rest_;
};

// Reads the one element of `tag` that all of `input` is; nothing when octets follow it.
[[nodiscard]] std::optional<ByteView> read_only(ByteView input, std::uint8_t tag);

// OBJECT IDENTIFIERs: contents octets from and to "1.2.840.113549". Arcs are below 2^64.
[[nodiscard]] std::optional<std::string> oid_to_text(ByteView contents);
[[nodiscard]] std::optional<Bytes> oid_from_text(std::string_view dotted);

// Appends to a buffer that the caller owns and that outlives the writer.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(&out) {}

  void raw(ByteView encoded);
  void element(std::uint8_t tag, ByteView value);
  void element(std::uint8_t tag, std::string_view value) { element(tag, as_bytes(value)); }
  // Tag and length alone: the `size` octets of the contents go elsewhere.
  void header(std::uint8_t tag, std::size_t size);
  // `body` appends the contents of an element of `tag`.
  template <typename Body>
  void nest(std::uint8_t tag, Body&& body) {
    const std::size_t start = begin(tag);
    body();
    end(start);
  }

  void integer(std::uint64_t value);
  void unsigned_integer(ByteView magnitude,
                        std::uint8_t tag = kInteger);  // big-endian; leading zeros allowed
  void boolean(bool value);
  void null() { element(kNull, ByteView()); }
  void oid(ByteView contents) { element(kOid, contents); }
  void octet_string(ByteView value) { element(kOctetString, value); }
  void bit_string(ByteView octets);     // no unused bits
  void bit_flags(std::uint16_t flags);  // a named-bit list: trailing zero bits are cut
  void time(Timestamp t);               // to the second: UTCTime up to 2049, else GeneralizedTime
  void generalized_time(Timestamp t);   // to the second

 private:
  std::size_t begin(std::uint8_t tag);
  void end(std::size_t start);

  Bytes* out_;
};

}  // namespace certconnector::crypto::der
