#pragma once

#include "common/result/error.h"

namespace certconnector::keys {

enum class KeysErrc {
  malformed,  // not a way to name a certificate
  not_found,  // no such certificate, or none of them is valid now
  no_key,     // the certificate is there, and its key cannot be used
  unsupported
};
[[nodiscard]] ErrorCode error_code(KeysErrc errc);

}  // namespace certconnector::keys
