// Chooses the template of a request as NDES does: by the key usage that the request asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment/device_request.h"

namespace certconnector::scep {

// Names; empty: not permitted.
struct ServiceTemplates {
  std::string any;         // set: the one for all
  std::string signature;   // for requests that ask for signatures alone
  std::string encryption;  // for requests that ask for encryption alone
  std::string general;     // for requests that ask for both, or for nothing

  [[nodiscard]] std::vector<std::string> names() const;  // the permitted ones
};

// The challenge's template comes first. Nothing: the service has none for this use.
[[nodiscard]] std::optional<std::string> choose_template(
    const std::optional<std::string>& of_challenge, const ServiceTemplates& templates,
    std::uint16_t key_usage);

// The same for a request of the service `service`, as an EnrollmentService asks for it.
[[nodiscard]] enrollment::TemplateAnswer template_for(const std::string& service,
                                                      const ServiceTemplates& templates,
                                                      const crypto::Pkcs10& request,
                                                      const std::optional<std::string>& authorized);

}  // namespace certconnector::scep
