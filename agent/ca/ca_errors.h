#pragma once

#include "common/result/error.h"

namespace certconnector::ca {

enum class CaErrc {
  not_set_up,       // the CA has no key or no certificate yet
  exists,           // a CA exists already; the agent does not replace it
  bad_template,     // a template that cannot be used
  bad_subject,      // not a name of RFC 4514, or an empty one
  bad_certificate,  // key, certificate and chain do not match, or it is no CA certificate
  expired,          // the CA certificate has expired
  not_yet_valid,    // the CA certificate
  crl_expired,      // the last CRL has expired
  unavailable,      // the agent could not reach it, or it could not work
  other_database,   // the CA has issued with another database, or with a newer copy of it
  bad_register,     // the file of the CRL partitions cannot be read
  failure           // signing or encoding failed
};

[[nodiscard]] ErrorCode error_code(CaErrc errc);

}  // namespace certconnector::ca
