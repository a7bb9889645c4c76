// The parts of the index for searches by a part of the subject. Pure.
//
// A gram is three octets that follow each other. The index says for each block of kBlockEntries
// certificates, by entry, and for each gram, which subjects of the block hold it. A subject that
// holds a text holds all of its grams.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::store {

inline constexpr std::int64_t kBlockEntries = 4096;  // on disk: must never change

// Distinct, in ascending order; none of a text shorter than three octets.
[[nodiscard]] std::vector<std::uint32_t> grams_of(std::string_view text);

// Certificates of one block.
class BlockEntries {
 public:
  void insert(std::size_t offset);
  void keep_common(const BlockEntries& other);
  [[nodiscard]] std::size_t size() const;
  // From the highest on, those below `below`, until `visit` returns false.
  void for_each_down(std::size_t below, const std::function<bool(std::size_t)>& visit) const;

  // As differences, or as a bit for each certificate where that is shorter.
  [[nodiscard]] Bytes encode() const;
  // Nothing: damaged.
  [[nodiscard]] static std::optional<BlockEntries> decode(ByteView encoded);

 private:
  std::array<std::uint64_t, kBlockEntries / 64> words_{};
};

struct EncodedGram {
  std::uint32_t gram = 0;
  Bytes entries;
};

// Collects the subjects of a block.
class BlockGrams {
 public:
  void add(std::size_t offset, std::string_view subject);
  // In ascending order of the grams.
  [[nodiscard]] std::vector<EncodedGram> encode() const;

 private:
  std::unordered_map<std::uint32_t, BlockEntries> grams_;
};

}  // namespace certconnector::store
