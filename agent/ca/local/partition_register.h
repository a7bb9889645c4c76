// Which partitions certificates of a CA may name: a text file that outlives every change of the
// configuration. The agent publishes their CRLs as long as they are in it.
//
// Lines "COUNT CRL_URL", and comments that begin with '#'.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "common/result/result.h"

namespace certconnector::ca {

// By the number of partitions: the crl_url of the certificates.
using PartitionedUrls = std::map<std::size_t, std::set<std::string>>;

// None when there is no file. Errors: bad_register.
[[nodiscard]] Result<PartitionedUrls> read_partition_register(const std::string& path);

// All that is or was wanted. A new line is in the file, durably, when this returns: only then may
// a certificate name it.
[[nodiscard]] Result<PartitionedUrls> register_partitions(const std::string& path,
                                                          const PartitionedUrls& wanted);

}  // namespace certconnector::ca
