#include "agent/scep/template_choice.h"

#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::scep {

std::vector<std::string> ServiceTemplates::names() const {
  std::vector<std::string> permitted;
  for (const std::string* name : {&any, &signature, &encryption, &general}) {
    if (!name->empty()) permitted.push_back(*name);
  }
  return permitted;
}

std::optional<std::string> choose_template(const std::optional<std::string>& of_challenge,
                                           const ServiceTemplates& templates,
                                           std::uint16_t key_usage) {
  constexpr unsigned kSigns = crypto::kDigitalSignature | crypto::kNonRepudiation;
  constexpr unsigned kEncrypts =
      crypto::kKeyEncipherment | crypto::kDataEncipherment | crypto::kKeyAgreement;
  if (of_challenge) return of_challenge;
  if (!templates.any.empty()) return templates.any;
  const bool signs = (key_usage & kSigns) != 0;
  const bool encrypts = (key_usage & kEncrypts) != 0;
  const std::string* chosen = &templates.general;
  if (signs && !encrypts) chosen = &templates.signature;
  if (encrypts && !signs) chosen = &templates.encryption;
  return chosen->empty() ? std::nullopt : std::make_optional(*chosen);
}

enrollment::TemplateAnswer template_for(const std::string& service,
                                        const ServiceTemplates& templates,
                                        const crypto::Pkcs10& request,
                                        const std::optional<std::string>& authorized) {
  const auto usage = request.key_usage();
  if (!usage.ok()) return core::unreadable_request(usage.error());
  auto chosen = choose_template(authorized, templates, *usage);
  if (chosen) return std::move(*chosen);
  return core::failed(core::failure::kUnknownTemplate,
                      "The service " + service +
                          " has no template for this key usage; set signature_template, "
                          "encryption_template or general_template in its section.");
}

}  // namespace certconnector::scep
