// The PEM of the keys that challenges are trusted under.
#include <cstdlib>

#include "agent/enrollment/trusted_keys.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys =
      certconnector::enrollment::read_trusted_keys(certconnector::as_text({data, size}));
  if (!keys.ok()) {
    require(!keys.error().message().empty());
    return 0;
  }
  require(!keys->empty());
  for (const auto& key : *keys) require(key.id.size() == 16 && !key.public_key_info.empty());
  return 0;
}
