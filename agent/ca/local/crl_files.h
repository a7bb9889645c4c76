// The files of a CA's CRLs: the full one, and one for each partition that certificates name.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/ca/backend.h"
#include "agent/ca/local/crl_builder.h"
#include "agent/ca/local/crl_partition.h"
#include "agent/ca/local/partition_register.h"

namespace certconnector::ca {

// Shows every revocation once.
using ShowRevoked =
    std::function<Status(const std::function<void(const core::RevokedSerial&)>& visit)>;

// One thread at a time.
class CrlFiles {
 public:
  // `file`: of the full CRL. Those of the partitions are beside it.
  CrlFiles(const std::string& file, const PartitionedUrls& partitions);

  [[nodiscard]] bool complete() const;
  [[nodiscard]] std::size_t partitions() const { return outputs_.size() - 1; }
  [[nodiscard]] std::string folder() const;
  // Replaces each file by a new CRL, the full one last, which gives the number of its entries.
  // After an error some may be new.
  [[nodiscard]] Result<std::uint64_t> make(const CrlFields& fields, crypto::Signer& signer,
                                           const ShowRevoked& show) const;
  // Calls `published` with each CRL that is there.
  void hand_over(const std::string& ca, const CrlPublished& published) const;

 private:
  struct Output {
    std::optional<CrlPartition> partition;  // none: the full CRL
    std::vector<std::string> urls;
    std::string file;
  };

  [[nodiscard]] Result<std::vector<CrlBuilder>> open_builders() const;
  void add(const core::RevokedSerial& revoked, ByteView entry,
           std::vector<CrlBuilder>& builders) const;
  [[nodiscard]] Status write(const Output& output, CrlBuilder& builder, CrlFields fields,
                             crypto::Signer& signer) const;

  const std::string file_;
  std::vector<std::size_t> counts_;  // of partitions, in the order of the outputs
  std::vector<Output> outputs_;      // the full one is the last
};

}  // namespace certconnector::ca
