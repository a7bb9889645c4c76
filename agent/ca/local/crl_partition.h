// Partitioned CRLs: each certificate belongs to one partition by its serial number, and names the
// CRL of that partition. The rules here are in certificates that live for years: they never change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/crypto/der.h"
#include "common/text/bytes.h"

namespace certconnector::ca {

// How many partitions a CA can have. Few numbers to choose from keep those of a CA's whole life
// few.
inline constexpr std::array<std::size_t, 6> kPartitionCounts{2, 4, 8, 16, 32, 64};

struct CrlPartition {
  std::size_t number = 0;  // 1 to `of`
  std::size_t of = 0;
};

// The first 8 octets of SHA-256 over the serial number: its magnitude, big-endian, without leading
// zeros. Its partition is this modulo their count, plus 1.
[[nodiscard]] std::uint64_t partition_hash(ByteView serial);
[[nodiscard]] CrlPartition partition_of(ByteView serial, std::size_t count);

// Whether partition_name() gives a URL of it: a name that ends with a query would not.
[[nodiscard]] bool can_have_partitions(const std::string& crl_url);
// The name of a partition's CRL by that of the full one, for URLs, paths and files alike:
// "issuing-3-of-16.crl" for "issuing.crl", "issuing-3-of-16" for "issuing".
[[nodiscard]] std::string partition_name(const std::string& whole, const CrlPartition& partition);

// DistributionPointName with a fullName of these URLs, RFC 5280 section 4.2.1.13.
void append_distribution_point_name(crypto::der::Writer& writer,
                                    const std::vector<std::string>& urls);
// The critical extension, RFC 5280 section 5.2.5. A certificate's distribution point has to be
// among the URLs.
void append_issuing_distribution_point(Bytes& out, const std::vector<std::string>& urls);

}  // namespace certconnector::ca
