#include "agent/ca/local/crl_files.h"

#include <algorithm>
#include <utility>

#include "agent/platform/file_streams.h"
#include "agent/platform/paths.h"

namespace certconnector::ca {

CrlFiles::CrlFiles(const std::string& file, const PartitionedUrls& partitions) : file_(file) {
  for (const auto& [count, urls] : partitions) {
    counts_.push_back(count);
    for (std::size_t number = 1; number <= count; ++number) {
      const CrlPartition partition{number, count};
      Output output{partition, {}, partition_name(file, partition)};
      for (const std::string& url : urls) output.urls.push_back(partition_name(url, partition));
      outputs_.push_back(std::move(output));
    }
  }
  outputs_.push_back({std::nullopt, {}, file});
}

std::string CrlFiles::folder() const { return platform::parent_path(file_); }

bool CrlFiles::complete() const {
  return std::all_of(outputs_.begin(), outputs_.end(),
                     [](const Output& output) { return platform::open_file(output.file).ok(); });
}

void CrlFiles::hand_over(const std::string& ca, const CrlPublished& published) const {
  for (const Output& output : outputs_) {
    auto crl = platform::open_file(output.file);
    if (!crl.ok()) continue;
    published(output.partition ? partition_name(ca, *output.partition) : ca, std::move(*crl));
  }
}

Result<std::vector<CrlBuilder>> CrlFiles::open_builders() const {
  std::vector<CrlBuilder> builders;
  builders.reserve(outputs_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    CC_TRY_ASSIGN(auto builder, CrlBuilder::beside(file_));
    builders.push_back(std::move(builder));
  }
  return builders;
}

void CrlFiles::add(const core::RevokedSerial& revoked, ByteView entry,
                   std::vector<CrlBuilder>& builders) const {
  builders.back().add(entry);
  if (counts_.empty()) return;
  const std::uint64_t hash = partition_hash(revoked.serial);
  std::size_t first = 0;
  for (const std::size_t count : counts_) {
    builders[first + static_cast<std::size_t>(hash % count)].add(entry);
    first += count;
  }
}

Status CrlFiles::write(const Output& output, CrlBuilder& builder, CrlFields fields,
                       crypto::Signer& signer) const {
  Bytes extension;
  if (output.partition) append_issuing_distribution_point(extension, output.urls);
  fields.issuing_distribution_point = extension;
  CC_TRY_ASSIGN(auto next, platform::NextVersion::beside(file_));
  CC_TRY(builder.write(fields, signer, next));
  return next.take_place_of(output.file, platform::FileMode::world_readable);
}

Result<std::uint64_t> CrlFiles::make(const CrlFields& fields, crypto::Signer& signer,
                                     const ShowRevoked& show) const {
  platform::remove_left_over(file_);
  CC_TRY_ASSIGN(auto builders, open_builders());
  Bytes entry;
  CC_TRY(show([&](const core::RevokedSerial& revoked) {
    encode_crl_entry(revoked, fields.this_update, entry);
    add(revoked, entry, builders);
  }));
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    CC_TRY(write(outputs_[i], builders[i], fields, signer));
  }
  CC_TRY(platform::sync_folder(platform::parent_path(file_)));
  return builders.back().entries();
}

}  // namespace certconnector::ca
