#include "common/text/clip.h"

namespace certconnector {

std::string_view clip(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  const auto inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (max > 0 && inside(max)) --max;
  return text.substr(0, max);
}

}  // namespace certconnector
