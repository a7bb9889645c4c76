// What an NDES names of a request: the template, which is allowed or is not, and an attribute that
// may not be there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment/device_request.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::ndes {

// Nothing is owned.
struct RequestedTemplate {
  const std::string& service;                 // its name, for words
  const std::vector<std::string>& permitted;  // where the challenge names none
  const std::string& requested;
};

// `requested`, where it may issue the request. `authorized` is the challenge's own; nothing: it
// names none.
[[nodiscard]] enrollment::TemplateAnswer check_template(
    const RequestedTemplate& query, const crypto::Pkcs10& request,
    const std::optional<std::string>& authorized);

}  // namespace certconnector::ndes
