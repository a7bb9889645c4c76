#pragma once

#include "common/result/error.h"

namespace certconnector::net {

enum class AddressErrc {
  bad_url,      // permanent
  bad_address,  // permanent: no HOST:PORT
  bad_network   // permanent
};
[[nodiscard]] ErrorCode error_code(AddressErrc errc);

}  // namespace certconnector::net
