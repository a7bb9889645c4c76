// The configuration file: any text gives settings or problems, and what it gives is written and
// read again to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/app/ca_backends.h"
#include "agent/config/configuration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using certconnector::config::parse;
  using certconnector::config::to_ini;
  static const auto backends = certconnector::ca::rules_of(certconnector::app::ca_backends());
  const auto reading = parse({reinterpret_cast<const char*>(data), size}, backends);
  if (reading.settings.has_value() != reading.problems.empty()) std::abort();
  if (!reading.settings) return 0;
  const std::string dump = to_ini(*reading.settings);
  const auto again = parse(dump, backends);
  if (!again.settings || to_ini(*again.settings) != dump) std::abort();
  return 0;
}
