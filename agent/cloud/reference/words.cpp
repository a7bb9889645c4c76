#include "agent/cloud/reference/words.h"

#include <algorithm>
#include <cstdint>

namespace certconnector::cloud {
namespace {

constexpr std::size_t kLongestWords = 400;

bool is_control(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string clean_words(std::string words) {
  std::replace_if(words.begin(), words.end(), is_control, ' ');
  if (words.size() > kLongestWords) {
    std::size_t end = kLongestWords;
    // Not in the middle of a UTF-8 sequence.
    while (end > 0 && (static_cast<std::uint8_t>(words[end]) & 0xC0U) == 0x80U) --end;
    words.resize(end);
    words += "...";
  }
  return words;
}

}  // namespace certconnector::cloud
