#include "agent/ca/local/partition_register.h"

#include <algorithm>
#include <sstream>

#include "agent/ca/ca_errors.h"
#include "agent/ca/local/crl_partition.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxRegister = 1024UL * 1024;
constexpr const char* kComment =
    "# The partitions of CRLs that certificates of this CA name. The agent publishes them as long\n"
    "# as they are here: remove a line only when its last certificate has expired.\n";

Error bad_register(const std::string& path, const std::string& line) {
  return {CaErrc::bad_register, ErrorKind::permanent,
          path + " has a line that the agent cannot read: \"" + line +
              "\"; put the file back from a backup, or correct the line (COUNT CRL_URL)"};
}

bool is_url(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool is_count(std::size_t count) {
  return std::find(kPartitionCounts.begin(), kPartitionCounts.end(), count) !=
         kPartitionCounts.end();
}

std::string as_text(const PartitionedUrls& partitions) {
  std::string text = kComment;
  for (const auto& [count, urls] : partitions) {
    for (const std::string& url : urls) text += std::to_string(count) + " " + url + "\n";
  }
  return text;
}

}  // namespace

Result<PartitionedUrls> read_partition_register(const std::string& path) {
  PartitionedUrls partitions;
  if (!platform::file_exists(path)) return partitions;
  CC_TRY_ASSIGN(const std::string text, platform::read_file(path, kMaxRegister));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream parts(line);
    std::size_t count = 0;
    std::string url;
    std::string rest;
    const bool read = static_cast<bool>(parts >> count >> url) && !(parts >> rest);
    if (!read || !is_count(count) || !is_url(url)) return bad_register(path, line);
    partitions[count].insert(url);
  }
  return partitions;
}

Result<PartitionedUrls> register_partitions(const std::string& path,
                                            const PartitionedUrls& wanted) {
  CC_TRY_ASSIGN(const PartitionedUrls known, read_partition_register(path));
  PartitionedUrls all = known;
  for (const auto& [count, urls] : wanted) all[count].insert(urls.begin(), urls.end());
  if (all == known) return all;
  CC_TRY(platform::make_folder(platform::parent_path(path)));
  CC_TRY(platform::write_file_atomically(path, as_text(all), platform::FileMode::world_readable));
  return all;
}

}  // namespace certconnector::ca
