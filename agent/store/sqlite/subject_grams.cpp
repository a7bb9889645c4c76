#include "agent/store/sqlite/subject_grams.h"

#include <algorithm>
#include <bitset>

namespace certconnector::store {
namespace {

constexpr std::size_t kGram = 3;  // octets
constexpr unsigned kWord = 64;    // bits
constexpr std::uint8_t kDifferences = 0;
constexpr std::uint8_t kBits = 1;

std::uint32_t gram_at(std::string_view text, std::size_t at) {
  const auto octet = [&](std::size_t i) {
    return std::uint32_t{static_cast<std::uint8_t>(text[i])};
  };
  return octet(at) << 16U | octet(at + 1) << 8U | octet(at + 2);
}

}  // namespace

std::vector<std::uint32_t> grams_of(std::string_view text) {
  std::vector<std::uint32_t> grams;
  for (std::size_t at = 0; at + kGram <= text.size(); ++at) grams.push_back(gram_at(text, at));
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
}

void BlockEntries::insert(std::size_t offset) {
  words_.at(offset / kWord) |= std::uint64_t{1} << offset % kWord;
}

void BlockEntries::keep_common(const BlockEntries& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

std::size_t BlockEntries::size() const {
  std::size_t count = 0;
  for (const std::uint64_t word : words_) count += std::bitset<kWord>(word).count();
  return count;
}

void BlockEntries::for_each_down(std::size_t below,
                                 const std::function<bool(std::size_t)>& visit) const {
  for (std::size_t word = words_.size(); word-- > 0;) {
    if (words_[word] == 0) continue;
    for (std::size_t bit = kWord; bit-- > 0;) {
      const std::size_t offset = word * kWord + bit;
      if (offset < below && (words_[word] >> bit & 1U) != 0 && !visit(offset)) return;
    }
  }
}

Bytes BlockEntries::encode() const {
  Bytes out{kDifferences};
  std::size_t last = 0;
  for (std::size_t offset = 0; offset < kBlockEntries; ++offset) {
    if (words_[offset / kWord] == 0) {
      offset += kWord - 1;
      continue;
    }
    if ((words_[offset / kWord] >> offset % kWord & 1U) == 0) continue;
    const std::size_t difference = offset - last;
    last = offset;
    if (difference >= 0x80) out.push_back(static_cast<std::uint8_t>(difference >> 7U | 0x80U));
    out.push_back(static_cast<std::uint8_t>(difference & 0x7FU));
  }
  constexpr std::size_t kAllBits = 1 + kBlockEntries / 8;
  if (out.size() <= kAllBits) return out;
  out.assign({kBits});
  for (const std::uint64_t word : words_) {
    for (unsigned shift = 0; shift < kWord; shift += 8) {
      out.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
  return out;
}

std::optional<BlockEntries> BlockEntries::decode(ByteView encoded) {
  BlockEntries entries;
  if (encoded.empty()) return std::nullopt;
  if (encoded[0] == kBits) {
    if (encoded.size() != 1 + kBlockEntries / 8) return std::nullopt;
    for (std::size_t i = 1; i < encoded.size(); ++i) {
      entries.words_[(i - 1) / 8] |= std::uint64_t{encoded[i]} << (i - 1) % 8 * 8;
    }
    return entries;
  }
  if (encoded[0] != kDifferences) return std::nullopt;
  std::size_t offset = 0;
  for (std::size_t i = 1; i < encoded.size(); ++i) {
    std::size_t difference = encoded[i];
    if (difference >= 0x80) {
      if (++i == encoded.size()) return std::nullopt;
      difference = (difference & 0x7FU) << 7U | encoded[i];
    }
    offset += difference;
    if (offset >= kBlockEntries) return std::nullopt;
    entries.insert(offset);
  }
  return entries;
}

void BlockGrams::add(std::size_t offset, std::string_view subject) {
  for (std::size_t at = 0; at + kGram <= subject.size(); ++at) {
    grams_[gram_at(subject, at)].insert(offset);
  }
}

std::vector<EncodedGram> BlockGrams::encode() const {
  std::vector<EncodedGram> encoded;
  encoded.reserve(grams_.size());
  for (const auto& [gram, entries] : grams_) encoded.push_back({gram, entries.encode()});
  std::sort(encoded.begin(), encoded.end(),
            [](const EncodedGram& a, const EncodedGram& b) { return a.gram < b.gram; });
  return encoded;
}

}  // namespace certconnector::store
