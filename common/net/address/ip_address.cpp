#include "common/net/address/ip_address.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace certconnector::net {
namespace {

constexpr std::size_t kGroups = 8;
using Groups = std::array<std::uint16_t, kGroups>;

std::string v4_to_text(ByteView octets) {
  std::string out;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    out += std::to_string(octets[i]);
  }
  return out;
}

// The longest run of two or more zero groups, the first of equals: RFC 5952 section 4.2.
struct Run {
  std::size_t from = kGroups;
  std::size_t count = 1;
};

Run longest_zero_run(const Groups& groups) {
  Run best;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > best.count) best = {i, end - i};
  }
  return best;
}

std::string v6_to_text(ByteView octets) {
  Groups groups{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<std::uint16_t>(octets[2 * i] << 8U | octets[2 * i + 1]);
  }
  const Run run = longest_zero_run(groups);
  std::string out;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == run.from) {
      out += "::";
      i += run.count - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::array<char, 8> hex{};
    const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), groups[i], 16).ptr;
    out.append(hex.data(), end);
  }
  return out;
}

std::optional<Bytes> v4_from_text(std::string_view text) {
  Bytes out;
  for (int i = 0; i < 4; ++i) {
    const std::size_t length = std::min(text.find('.'), text.size());
    std::uint8_t octet = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + length, octet);
    if (failure != std::errc() || end != text.data() + length) return std::nullopt;
    if (length > 1 && text[0] == '0') return std::nullopt;
    out.push_back(octet);
    if ((length == text.size()) != (i == 3)) return std::nullopt;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return out;
}

// The groups of one side of "::"; the last may be an IPv4 address. An empty side has none.
std::optional<Bytes> side_from_text(std::string_view text) {
  Bytes out;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, length);
    if (length == text.size() && group.find('.') != std::string_view::npos) {
      const auto v4 = v4_from_text(group);
      if (!v4) return std::nullopt;
      out.insert(out.end(), v4->begin(), v4->end());
      return out;
    }
    std::uint16_t value = 0;
    const auto [end, failure] = std::from_chars(group.data(), group.data() + length, value, 16);
    if (failure != std::errc() || end != group.data() + length || length > 4) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
    if (length == text.size()) return out;
    text.remove_prefix(length + 1);
    if (text.empty()) return std::nullopt;  // ends with one colon
  }
  return out;
}

std::optional<Bytes> v6_from_text(std::string_view text) {
  constexpr std::size_t kSize = 16;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    auto all = side_from_text(text);
    if (!all || all->size() != kSize) return std::nullopt;
    return all;
  }
  auto left = side_from_text(text.substr(0, gap));
  const auto right = side_from_text(text.substr(gap + 2));
  if (!left || !right || left->size() + right->size() > kSize - 2) return std::nullopt;
  if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
  left->resize(kSize - right->size());
  left->insert(left->end(), right->begin(), right->end());
  return left;
}

}  // namespace

std::optional<Bytes> unmapped_ip_from_text(std::string_view text) {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  auto octets = ip_from_text(text);
  if (octets && octets->size() > kMapped.size() &&
      std::equal(kMapped.begin(), kMapped.end(), octets->begin())) {
    octets->erase(octets->begin(), octets->begin() + kMapped.size());
  }
  return octets;
}

std::optional<std::string> ip_to_text(ByteView octets) {
  if (octets.size() == 4) return v4_to_text(octets);
  if (octets.size() == 16) return v6_to_text(octets);
  return std::nullopt;
}

std::optional<Bytes> ip_from_text(std::string_view text) {
  return text.find(':') == std::string_view::npos ? v4_from_text(text) : v6_from_text(text);
}

}  // namespace certconnector::net
