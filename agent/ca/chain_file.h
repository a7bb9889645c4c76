// certificate_file of another party's CA: PEM of its certificate, then those up to the root.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/result/result.h"

namespace certconnector::ca {

// Nothing: the file does not exist. Errors: those of the file; bad_certificate.
[[nodiscard]] Result<std::optional<std::vector<crypto::Certificate>>> read_chain(
    const std::string& file);

// Makes the file of what the CA gave: from then on only the file counts. `certificates`: in any
// order, at least one. Answers the chain that it kept. A file that is there by now, as of another
// section, stays.
[[nodiscard]] Result<std::vector<crypto::Certificate>> keep_chain(
    const std::string& file, const std::vector<crypto::Certificate>& certificates);

}  // namespace certconnector::ca
