#include "agent/ndes/requested_template.h"

#include <algorithm>

#include "agent/core/failure_codes.h"
#include "common/text/letter_case.h"

namespace certconnector::ndes {

// Active Directory compares names without regard to case.
enrollment::TemplateAnswer check_template(const RequestedTemplate& query,
                                          const crypto::Pkcs10& request,
                                          const std::optional<std::string>& authorized) {
  // No field that this agent compares has the names of such an attribute.
  const auto& attributes = request.attributes();
  if (std::any_of(attributes.begin(), attributes.end(),
                  [](const auto& one) { return one.oid == crypto::oid::kNameValuePair; })) {
    return core::failed(core::failure::kExtensionNotAllowed,
                        "The request carries a Microsoft enrollment name-value pair "
                        "(1.3.6.1.4.1.311.13.2.1), which can make an AD CS certify other "
                        "names; make it without this attribute.");
  }
  const auto is_requested = [&](const std::string& one) {
    return text::equal_ignoring_case(one, query.requested);
  };
  if (authorized) {
    if (is_requested(*authorized)) return query.requested;
    return core::failed(core::failure::kUnknownTemplate,
                        "The request is for the template \"" + query.requested +
                            "\", but its authorization is for \"" + *authorized + "\".");
  }
  if (std::any_of(query.permitted.begin(), query.permitted.end(), is_requested)) {
    return query.requested;
  }
  return core::failed(core::failure::kUnknownTemplate,
                      "The template \"" + query.requested + "\" does not belong to the service " +
                          query.service + "; name it in its section [scep." + query.service +
                          "] to allow it.");
}

}  // namespace certconnector::ndes
