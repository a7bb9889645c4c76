// The template of a request, as NDES names it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment/device_request.h"

namespace certconnector::ndes {

// Owns nothing.
struct RequestedTemplate {
  const std::string& service;                 // the service's name, for messages
  const std::vector<std::string>& permitted;  // used when the challenge names none
  const std::string& requested;
};

// `requested`, if it may issue the request; in the letter case of who permits it, so that the same
// request in another letter case is the same enrollment. `authorized`: the template of the
// challenge or of the renewed certificate; nothing: it names none.
[[nodiscard]] enrollment::TemplateAnswer check_template(
    const RequestedTemplate& query, const std::optional<std::string>& authorized);

}  // namespace certconnector::ndes
