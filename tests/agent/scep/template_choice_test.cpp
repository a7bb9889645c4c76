#include "agent/scep/template_choice.h"

#include <gtest/gtest.h>

#include "common/crypto/pkcs10.h"

namespace certconnector::scep {
namespace {

using Name = std::optional<std::string>;

TEST(TemplateChoice, GoesByTheKeyUsageThatTheRequestAsksFor) {
  struct Row {
    const char* name;
    unsigned key_usage;
    const char* chosen;
  };
  const Row rows[] = {
      {"nothing", 0, "general"},
      {"signatures", crypto::kDigitalSignature, "signature"},
      {"non-repudiation", crypto::kNonRepudiation, "signature"},
      {"both kinds of signature", crypto::kDigitalSignature | crypto::kNonRepudiation, "signature"},
      {"key encipherment", crypto::kKeyEncipherment, "encryption"},
      {"data encipherment", crypto::kDataEncipherment, "encryption"},
      {"key agreement", crypto::kKeyAgreement, "encryption"},
      {"both uses", crypto::kDigitalSignature | crypto::kKeyEncipherment, "general"},
      {"neither use", crypto::kCrlSign, "general"},
  };
  const ServiceTemplates templates{"", "signature", "encryption", "general"};
  for (const Row& row : rows) {
    const auto usage = static_cast<std::uint16_t>(row.key_usage);
    EXPECT_EQ(choose_template({}, templates, usage), Name(row.chosen)) << row.name;
  }
}

TEST(TemplateChoice, AUseWithoutATemplateIsNotPermitted) {
  EXPECT_EQ(choose_template({}, {"", "", "e", "g"}, crypto::kDigitalSignature), std::nullopt);
  EXPECT_EQ(choose_template({}, {"", "s", "", "g"}, crypto::kKeyEncipherment), std::nullopt);
  EXPECT_EQ(choose_template({}, {"", "s", "e", ""}, 0), std::nullopt);
  EXPECT_EQ(choose_template({}, {}, 0), std::nullopt);
}

TEST(TemplateChoice, TheOneForAllGoesBeforeUsesAndTheChallengesOwnBeforeAll) {
  const ServiceTemplates templates{"any", "signature", "encryption", "general"};
  EXPECT_EQ(choose_template({}, templates, crypto::kDigitalSignature), Name("any"));
  EXPECT_EQ(choose_template("challenge's", templates, crypto::kDigitalSignature),
            Name("challenge's"));
  EXPECT_EQ(choose_template("challenge's", {}, 0), Name("challenge's"));
}

TEST(TemplateChoice, ARequestWithoutATemplateIsDeniedWithWhatToSet) {
  crypto::Pkcs10Spec spec;
  spec.key_usage = crypto::kDigitalSignature;
  const auto key = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  const auto request = crypto::Pkcs10::parse(crypto::make_pkcs10(key, spec).value()).value();
  ServiceTemplates templates;
  templates.signature = "Sign";
  EXPECT_EQ(std::get<std::string>(template_for("phones", templates, request, {})), "Sign");
  EXPECT_EQ(std::get<std::string>(template_for("phones", templates, request, "Own")), "Own");
  templates.signature.clear();
  const auto denied = std::get<core::Failed>(template_for("phones", templates, request, {}));
  EXPECT_EQ(denied.code, "unknown_template");
  EXPECT_NE(denied.message.find("signature_template"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::scep
