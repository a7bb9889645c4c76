// CRLs of imported CAs, and the CRL addresses of certificates.
#include <cstdlib>

#include "common/crypto/crl.h"
#include "common/crypto/crl_addresses.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const certconnector::ByteView input(data, size);
  require(certconnector::crypto::crl_addresses(input).size() <= 20);
  const auto crl = certconnector::crypto::parse_crl(input);
  if (!crl.ok()) {
    require(!crl.error().message().empty());
    return 0;
  }
  std::size_t octets = 0;
  const auto read = certconnector::crypto::for_each_entry(*crl, [&](const auto& entry) {
    if (entry.serial) require(!entry.serial->empty() && (*entry.serial)[0] != 0);
    octets += entry.serial ? entry.serial->size() : 0;
    return certconnector::Status();
  });
  require(octets <= size && (read.ok() || !read.error().message().empty()));
  return 0;
}
