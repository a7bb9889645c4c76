// Lines of the index of `openssl ca`, and PEM as other programs write it.
#include <cstdlib>

#include "agent/cli/openssl_index.h"
#include "common/text/bytes.h"
#include "common/text/pem_blocks.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(certconnector::as_text({data, size}));
  for (const std::string& der : certconnector::text::der_of(text, "CERTIFICATE")) {
    require(der.size() <= size);
  }
  const auto line = certconnector::cli::parse_index_line(text);
  if (!line.ok()) {
    require(!line.error().message().empty());
  } else if (*line) {
    require(!(*line)->serial.empty() && (*line)->serial.size() <= size);
  }
  return 0;
}
