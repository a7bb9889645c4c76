#include "common/text/pem_blocks.h"

#include <algorithm>

#include "common/text/base64.h"

namespace certconnector::text {

std::vector<std::string> pem_blocks(std::string_view text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  std::vector<std::string> blocks;
  for (;;) {
    const std::size_t from = text.find(begin);
    if (from == std::string_view::npos) return blocks;
    text.remove_prefix(from + begin.size());
    const std::size_t to = text.find(end);
    if (to == std::string_view::npos) return blocks;
    std::string base64(text.substr(0, to));
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    base64.erase(std::remove_if(base64.begin(), base64.end(), is_space), base64.end());
    if (const auto der = from_base64(base64)) blocks.emplace_back(as_text(*der));
    text.remove_prefix(to + end.size());
  }
}

std::vector<std::string> der_of(const std::string& content, std::string_view label) {
  constexpr char kSequence = 0x30;
  if (!content.empty() && content.front() == kSequence) return {content};
  return pem_blocks(content, label);
}

}  // namespace certconnector::text
