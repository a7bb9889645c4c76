#include "common/crypto/ber.h"

#include "common/crypto/der.h"

namespace certconnector::crypto::der {
namespace {

constexpr int kDeepestBer = 32;
constexpr std::uint8_t kConstructedBit = 0x20;
constexpr std::uint8_t kLongTag = 0x1F;
constexpr std::uint8_t kPieces = kOctetString | kConstructedBit;

struct BerHeader {
  std::uint8_t tag = 0;
  std::optional<std::size_t> length;  // nothing: indefinite
};

class Converter {
 public:
  explicit Converter(ByteView input) : rest_(input) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool element(Writer& out, int depth) {
    const auto header = read_ber_header();
    if (!header || depth > kDeepestBer) return false;
    if ((header->tag & kConstructedBit) == 0) return primitive(*header, out);
    bool good = false;
    if (header->tag == kPieces) {
      Bytes joined;
      good = pieces(*header, joined, depth);
      out.octet_string(joined);
    } else {
      out.nest(header->tag, [&] {
        good = each(*header, [&](Converter& inside) { return inside.element(out, depth + 1); });
      });
    }
    return good;
  }

 private:
  std::optional<BerHeader> read_ber_header() {
    if (rest_.size() < 2) return std::nullopt;
    const BerHeader header{rest_[0], std::nullopt};
    const std::uint8_t first = rest_[1];
    skip(2);
    if ((header.tag & kLongTag) == kLongTag || header.tag == 0) return std::nullopt;
    if (first < 0x80) return BerHeader{header.tag, first};
    const unsigned octets = first & 0x7FU;
    if (octets == 0)
      return (header.tag & kConstructedBit) != 0 ? std::optional(header) : std::nullopt;
    if (octets > rest_.size() || octets > 8) return std::nullopt;
    std::uint64_t length = 0;
    for (unsigned i = 0; i < octets; ++i) length = length << 8U | rest_[i];
    skip(octets);
    if (length > rest_.size()) return std::nullopt;
    return BerHeader{header.tag, static_cast<std::size_t>(length)};
  }

  bool primitive(const BerHeader& header, Writer& out) {
    const auto contents = take(*header.length);
    if (!contents) return false;
    out.element(header.tag, *contents);
    return true;
  }

  // The segments of a string, which may be in segments themselves.
  bool pieces(const BerHeader& header, Bytes& joined, int depth) {
    if (depth > kDeepestBer) return false;
    return each(header, [&](Converter& inside) {
      const auto piece = inside.read_ber_header();
      if (!piece) return false;
      if (piece->tag == kPieces) return inside.pieces(*piece, joined, depth + 1);
      if (piece->tag != kOctetString) return false;
      const auto contents = inside.take(*piece->length);
      if (contents) joined.insert(joined.end(), contents->begin(), contents->end());
      return contents.has_value();
    });
  }

  // `read` for each element inside: to the end of the contents, or to the end-of-contents octets.
  template <typename Read>
  bool each(const BerHeader& header, Read&& read) {
    if (header.length) {
      const auto contents = take(*header.length);
      if (!contents) return false;
      Converter inside(*contents);
      while (!inside.at_end()) {
        if (!read(inside)) return false;
      }
      return true;
    }
    for (;;) {
      if (rest_.size() < 2) return false;
      if (rest_[0] == 0) break;
      if (!read(*this)) return false;
    }
    if (rest_[1] != 0) return false;
    skip(2);
    return true;
  }

  void skip(std::size_t size) { rest_ = rest_.subview(size, rest_.size() - size); }

  std::optional<ByteView> take(std::size_t size) {
    if (size > rest_.size()) return std::nullopt;
    const ByteView taken = rest_.subview(0, size);
    skip(size);
    return taken;
  }

  ByteView rest_;
};

}  // namespace

std::optional<Bytes> from_ber(ByteView input) {
  Bytes out;
  out.reserve(input.size());
  Writer writer(out);
  Converter converter(input);
  if (!converter.element(writer, 0) || !converter.at_end()) return std::nullopt;
  return out;
}

}  // namespace certconnector::crypto::der
