#include "common/text/nearest.h"

#include <algorithm>
#include <numeric>

namespace certconnector::text {
namespace {

// Levenshtein distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestName = 128;
  if (name.size() > kLongestName) return {};
  std::size_t best = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string found;
  std::string longer;  // "proxy_password" was meant to be "proxy_password_file"
  for (const std::string& candidate : candidates) {
    if (name.size() >= 4 && candidate.compare(0, name.size(), name) == 0) longer = candidate;
    const std::size_t edits = distance(name, candidate);
    if (edits < best) {
      best = edits;
      found = candidate;
    }
  }
  return found.empty() ? longer : found;
}

}  // namespace certconnector::text
