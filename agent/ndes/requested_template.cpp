#include "agent/ndes/requested_template.h"

#include <algorithm>

#include "agent/core/failure_codes.h"
#include "common/text/letter_case.h"

namespace certconnector::ndes {

// Active Directory compares names without regard to case.
enrollment::TemplateAnswer check_template(const RequestedTemplate& query,
                                          const std::optional<std::string>& authorized) {
  const auto is_requested = [&](const std::string& one) {
    return text::equal_ignoring_case(one, query.requested);
  };
  if (authorized) {
    if (is_requested(*authorized)) return *authorized;
    return core::failed(core::failure::kUnknownTemplate,
                        "The request is for the template \"" + query.requested +
                            "\", but its authorization is for \"" + *authorized +
                            "\"; ask for that one, or let the device enroll with a challenge for "
                            "the other.");
  }
  const auto permitted = std::find_if(query.permitted.begin(), query.permitted.end(), is_requested);
  if (permitted != query.permitted.end()) return *permitted;
  return core::failed(core::failure::kUnknownTemplate,
                      "The template \"" + query.requested + "\" does not belong to the service " +
                          query.service + "; name it in its section [scep." + query.service +
                          "] to allow it.");
}

}  // namespace certconnector::ndes
