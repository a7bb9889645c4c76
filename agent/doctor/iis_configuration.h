// What IIS's applicationHost.config says of an NDES.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"

namespace certconnector::doctor {

struct ApplicationPool {
  bool starts_by_itself = true;
  std::string account;  // "CORP\svc-ndes"; else the kind of identity, such as "NetworkService"
};

struct IisConfiguration {
  std::optional<ApplicationPool> scep_pool;  // of the name SCEP
  // The largest of the server's and of its sites'; IIS's defaults where it says nothing.
  std::uint64_t max_url = 4096;
  std::uint64_t max_query_string = 2048;
  std::vector<std::string> https_bindings;  // "*:443:"
};

// Errors, permanent: bad_document, for text that is no XML.
[[nodiscard]] Result<IisConfiguration> parse_iis_configuration(std::string_view xml);

}  // namespace certconnector::doctor
