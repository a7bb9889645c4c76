// Reads the CRL that an embedded CA published (RFC 5280 section 5), for a salvage.
#pragma once

#include <optional>

#include "agent/store/sqlite/salvage.h"
#include "common/crypto/certificate.h"
#include "common/text/bytes.h"

namespace certconnector::app {

// DER. Nothing: it is no CRL that this CA signed.
[[nodiscard]] std::optional<store::PublishedCrl> read_published_crl(ByteView der,
                                                                    const crypto::Certificate& ca);

}  // namespace certconnector::app
