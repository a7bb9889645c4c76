#include "agent/ndes/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/settings.h"
#include "common/crypto/extension_values.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::ndes {
namespace {

namespace der = crypto::der;
using crypto::build_der;
using enrollment::Authorization;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kAnyPurpose[] = "2.5.29.37.0";
constexpr char kAnyApplicationPolicy[] = "1.3.6.1.4.1.311.10.12.1";
constexpr char kRequestAgent[] = "1.3.6.1.4.1.311.20.2.1";
constexpr char kClient[] = "1.3.6.1.5.5.7.3.2";
constexpr char kCodeSigning[] = "1.3.6.1.5.5.7.3.3";
constexpr char kPolicies[] = "1.3.6.1.4.1.311.21.10";

struct Part {
  std::string oid;
  Bytes value;
};

Bytes attribute(const Part& part) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      crypto::write_oid(w, part.oid);
      w.nest(der::kSet, [&] { w.raw(part.value); });
    });
  });
}

crypto::Pkcs10 request_with(const std::vector<Part>& extensions,
                            const std::vector<Part>& attributes = {}) {
  std::vector<Bytes> asked;
  for (const Part& one : extensions) asked.push_back(crypto::extension(one.oid, one.value));
  Bytes all;
  if (!asked.empty()) all = crypto::extension_request(asked);
  for (const Part& one : attributes) der::Writer(all).raw(attribute(one));
  crypto::RequestPieces pieces;
  pieces.attributes = all;
  return crypto::Pkcs10::parse(crypto::build_request(pieces)).value();
}

Bytes policies(const std::vector<std::string>& oids) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      for (const std::string& oid : oids) {
        w.nest(der::kSequence, [&] { crypto::write_oid(w, oid); });
      }
    });
  });
}

Part purposes(const std::vector<std::string>& oids) {
  return {"2.5.29.37", crypto::encode_extended_key_usage(oids).value()};
}

Part pair(std::string_view name, std::string_view value) {
  const auto bmp = [](std::string_view ascii) {
    Bytes out;
    for (const char c : ascii) {
      out.push_back(0);
      out.push_back(static_cast<std::uint8_t>(c));
    }
    return out;
  };
  return {"1.3.6.1.4.1.311.13.2.1", build_der([&](der::Writer& w) {
            w.nest(der::kSequence, [&] {
              w.element(der::kBmpString, bmp(name));
              w.element(der::kBmpString, bmp(value));
            });
          })};
}

class RequestRulesTest : public ::testing::Test {
 protected:
  // "allowed", or the code and the message.
  std::string judge(const crypto::Pkcs10& request) {
    const auto wrong = check_content(rules_, request, authorization_);
    return wrong ? wrong->code + ": " + wrong->message : "allowed";
  }

  const config::RegistrationSettings defaults_{};
  RequestRules rules_{defaults_.allowed_extensions, defaults_.allowed_attributes, nullptr};
  Authorization authorization_;
};

TEST_F(RequestRulesTest, TakesWhatWindowsAndMicrosoftsListHave) {
  const Bytes null{0x05, 0x00};
  std::vector<Part> harmless;
  for (const char* oid :
       {"2.5.29.14", "2.5.29.1", "2.5.29.3", "1.3.6.1.4.1.311.21.8", "1.3.6.1.4.1.311.20.2",
        "2.16.840.1.113730.1.11", "1.3.6.1.4.1.311.21.7", "1.2.840.113549.1.9.15"}) {
    harmless.push_back({oid, null});
  }
  harmless.push_back({"2.5.29.19", {0x30, 0x00}});
  harmless.push_back({kPolicies, policies({kClient})});
  harmless.push_back(purposes({kClient}));
  std::vector<Part> attributes;
  for (const char* oid : {"1.3.6.1.4.1.311.13.2.3", "1.3.6.1.4.1.311.21.20",
                          "1.3.6.1.4.1.311.13.2.2", "1.2.840.113549.1.9.2"}) {
    attributes.push_back({oid, null});
  }
  EXPECT_EQ(judge(request_with(harmless, attributes)), "allowed");
  EXPECT_EQ(judge(request_with({})), "allowed");
  for (std::size_t i = 0; i < rules_.extensions.size(); ++i) {
    RequestRules less = rules_;
    const std::string off = less.extensions[i];
    less.extensions.erase(less.extensions.begin() + static_cast<std::ptrdiff_t>(i));
    const auto wrong = check_content(less, request_with(harmless), authorization_);
    ASSERT_TRUE(wrong) << off << " is switched off";
    EXPECT_THAT(wrong->message, HasSubstr("extension " + off));
  }
}

TEST_F(RequestRulesTest, OthersAreRefusedByTheirIdentifierWithTheKeyToSet) {
  for (const char* oid : {"2.5.29.30", "2.5.29.32", "2.5.29.54", "1.3.6.1.5.5.7.48.1.5", "1.2.3"}) {
    const std::string refused = judge(request_with({{oid, {0x05, 0x00}}}));
    EXPECT_THAT(refused, StartsWith("extension_not_allowed: ")) << oid;
    EXPECT_THAT(refused, HasSubstr("extension " + std::string(oid)));
    EXPECT_THAT(refused, HasSubstr("allowed_extensions"));
    rules_.extensions.emplace_back(oid);
    EXPECT_EQ(judge(request_with({{oid, {0x05, 0x00}}})), "allowed");
  }
  const std::string renewal = "1.3.6.1.4.1.311.13.1";
  const std::string refused = judge(request_with({}, {{renewal, {0x05, 0x00}}}));
  EXPECT_THAT(refused, StartsWith("attribute_not_allowed: "));
  EXPECT_THAT(refused, HasSubstr("attribute " + renewal));
  EXPECT_THAT(refused, HasSubstr("allowed_attributes"));
  rules_.attributes.push_back(renewal);
  EXPECT_EQ(judge(request_with({}, {{renewal, {0x05, 0x00}}})), "allowed");
}

TEST_F(RequestRulesTest, NoDeviceIsACa) {
  const Bytes wrong_values[] = {{0x30, 3, 1, 1, 0xFF},
                                {0x30, 6, 1, 1, 0xFF, 2, 1, 0},
                                {0x30, 3, 2, 1, 0},
                                {0x30, 6, 1, 1, 0, 2, 1, 0},
                                {0x05, 0x00}};
  for (const Bytes& value : wrong_values) {
    EXPECT_THAT(judge(request_with({{"2.5.29.19", value}})),
                StartsWith("extension_not_allowed: The request asks for the basicConstraints"));
  }
  EXPECT_EQ(judge(request_with({{"2.5.29.19", {0x30, 3, 1, 1, 0}}})), "allowed");
  for (const auto usage : {crypto::kKeyCertSign, crypto::kCrlSign}) {
    const auto mask = static_cast<std::uint16_t>(usage | crypto::kDigitalSignature);
    const std::string refused =
        judge(request_with({{"2.5.29.15", crypto::encode_key_usage(mask)}}));
    EXPECT_THAT(refused, StartsWith("key_usage_not_allowed: "));
    EXPECT_THAT(refused, HasSubstr(crypto::key_usage_names(usage).front()));
  }
}

TEST_F(RequestRulesTest, UsagesThatCannotBeReadAreRefused) {
  for (const char* oid : {"2.5.29.15", "2.5.29.37"}) {
    EXPECT_THAT(judge(request_with({{oid, {0x05, 0x00}}})), StartsWith("malformed_request: "))
        << oid;
  }
}

TEST_F(RequestRulesTest, ARenewalAsksForNoUsageThatItsCertificateLacks) {
  const auto ask = [&](std::uint16_t mask) {
    return judge(request_with({{"2.5.29.15", crypto::encode_key_usage(mask)}}));
  };
  authorization_.at_most.key_usage = crypto::kDigitalSignature;
  EXPECT_EQ(ask(crypto::kDigitalSignature), "allowed");
  // Nothing is cut here, also for a key that cannot encipher.
  EXPECT_THAT(ask(crypto::kDigitalSignature | crypto::kKeyEncipherment),
              StartsWith("key_usage_mismatch: "));
}

TEST_F(RequestRulesTest, NobodyBecomesARequestAgentAndAnyPurposeNeedsAChallenge) {
  for (const bool in_policies : {false, true}) {
    const auto ask = [&](const std::vector<std::string>& oids) {
      return judge(request_with({in_policies ? Part{kPolicies, policies(oids)} : purposes(oids)}));
    };
    authorization_ = {};
    EXPECT_EQ(ask({kClient, kCodeSigning}), "allowed") << "the template of the CA decides";
    EXPECT_THAT(ask({kClient, kRequestAgent}), StartsWith("extended_key_usage_not_allowed: "));
    EXPECT_THAT(ask({kRequestAgent}), HasSubstr(kRequestAgent));
    for (const char* any : {kAnyPurpose, kAnyApplicationPolicy}) {
      authorization_.content.extended_key_usage.reset();
      EXPECT_THAT(ask({any}), StartsWith("extended_key_usage_not_allowed: "));
      authorization_.content.extended_key_usage = {any, kRequestAgent};
      EXPECT_EQ(ask({any}), "allowed");
    }
    EXPECT_THAT(ask({kRequestAgent}), StartsWith("extended_key_usage_not_allowed: "))
        << "not even then";
    EXPECT_THAT(ask({kClient}), StartsWith("extended_key_usage_mismatch: "));
    authorization_.content.extended_key_usage = {kClient};
    EXPECT_THAT(ask({kAnyPurpose}), StartsWith("extended_key_usage_not_allowed: "));
    authorization_ = {};
    authorization_.at_most.extended_key_usage = {kClient};
    EXPECT_EQ(ask({kClient}), "allowed");
    EXPECT_THAT(ask({kCodeSigning}), StartsWith("extended_key_usage_mismatch: "));
  }
  for (const Bytes& value : {Bytes{0x30, 2, 0x05, 0x00}, Bytes{0x05, 0x00}}) {
    EXPECT_THAT(judge(request_with({{kPolicies, value}})), StartsWith("malformed_request: "));
  }
}

TEST_F(RequestRulesTest, APolicyBehindAHundredIsNotPassedOver) {
  std::vector<std::string> oids(100, kClient);
  EXPECT_EQ(judge(request_with({{kPolicies, policies(oids)}})), "allowed");
  oids.emplace_back(kClient);
  EXPECT_THAT(judge(request_with({{kPolicies, policies(oids)}})),
              StartsWith("malformed_request: "));
}

TEST_F(RequestRulesTest, AValidityStaysWithinTheTemplate) {
  authorization_.template_name = "Device";
  const std::vector<Part> days{pair("ValidityPeriodUnits", "30"), pair("ValidityPeriod", "Days")};
  const std::vector<Part> years{pair("ValidityPeriod", "Years"), pair("ValidityPeriodUnits", "2")};
  EXPECT_THAT(judge(request_with({}, days)), HasSubstr("longest_validity")) << "it is not known";
  rules_.longest_validity = [](const std::string& name) {
    return name == "Device" ? std::optional<Duration>(std::chrono::hours(24 * 365)) : std::nullopt;
  };
  EXPECT_EQ(judge(request_with({}, days)), "allowed");
  EXPECT_THAT(judge(request_with({}, years)), StartsWith("validity_not_possible: "));
  EXPECT_THAT(judge(request_with({}, years)), HasSubstr("at most 8760 hours"));
  EXPECT_EQ(
      judge(request_with({}, {pair("ValidityPeriod", "Years"), pair("ValidityPeriodUnits", "1")})),
      "allowed");
  EXPECT_THAT(judge(request_with({}, {pair("ValidityPeriod", "Days")})),
              StartsWith("malformed_request: "));
  for (const char* name : {"SAN", "CertificateTemplate", "ExpirationDate"}) {
    EXPECT_THAT(judge(request_with({}, {pair(name, "x")})), StartsWith("extension_not_allowed: "));
  }
  EXPECT_THAT(judge(request_with({}, {{"1.3.6.1.4.1.311.13.2.1", {0x0C, 1, 'x'}}})),
              StartsWith("extension_not_allowed: "));
}

}  // namespace
}  // namespace certconnector::ndes
