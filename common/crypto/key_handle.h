// Owners of OpenSSL's keys and their contexts, for headers that leave OpenSSL's own headers out.
#pragma once

#include <memory>

struct evp_pkey_st;
struct evp_pkey_ctx_st;

namespace certconnector::crypto {

struct KeyDeleter {
  void operator()(evp_pkey_st* key) const;
  void operator()(evp_pkey_ctx_st* context) const;
};

using KeyHandle = std::unique_ptr<evp_pkey_st, KeyDeleter>;
using KeyContextHandle = std::unique_ptr<evp_pkey_ctx_st, KeyDeleter>;

}  // namespace certconnector::crypto
