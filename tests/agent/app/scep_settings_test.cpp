// The effects of a [scep.NAME] section's lines for devices.
#include "common/log/log.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;

using ScepSettingsTest = ScepFixture;

TEST_F(ScepSettingsTest, OnePasswordForAllIsWarnedOfAtTheStart) {
  start_static();
  const auto warnings = site_.logger.records("scep.static_challenge");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings.front().level, log::Level::warning);
  EXPECT_EQ(warnings.front().field("service"), "phones");
  EXPECT_THAT(warnings.front().message, HasSubstr("laboratories"));
  EXPECT_FALSE(site_.logger.contains(kSecret));
  restart();
  EXPECT_EQ(site_.logger.count("scep.static_challenge"), 2U) << "at each start";
  reload();
  EXPECT_EQ(site_.logger.count("scep.static_challenge"), 3U) << "and reload";
}

TEST_F(ScepSettingsTest, SwitchesThatAreInsecureAreWarnedOfAtTheStart) {
  start_static();
  EXPECT_EQ(site_.logger.count("scep.insecure_switch"), 0U);
  restart_with("allow_sha1 = yes\nndes_failures = yes");
  auto warnings = site_.logger.records("scep.insecure_switch");
  ASSERT_EQ(warnings.size(), 1U) << "what tells more than it should lets nobody forge anything";
  EXPECT_EQ(warnings.front().level, log::Level::warning);
  EXPECT_EQ(warnings.front().field("service"), "phones");
  EXPECT_EQ(warnings.front().field("switch"), "allow_sha1");
  EXPECT_THAT(warnings.front().message, HasSubstr("can be forged"));
  reload();
  EXPECT_EQ(site_.logger.count("scep.insecure_switch"), 2U);
  restart_with("allow_insecure_des = yes");
  EXPECT_EQ(site_.logger.count("scep.insecure_switch"), 5U) << "it brings the other two along";
}

// The old settings stay, and the log has warned of them before.
TEST_F(ScepSettingsTest, AReloadThatIsRefusedWarnsOfNothing) {
  const std::string file = site_.folder.write("other", kSecret);
  certconnector::testing::close_to_others(file);
  start_static("", "[scep.second]\npath = /second\nchallenge = static\nchallenge_file = " + file);
  EXPECT_EQ(site_.logger.count("scep.static_challenge"), 2U);
  std::filesystem::remove(file);
  EXPECT_THROW(reload(), std::runtime_error);
  EXPECT_EQ(site_.logger.count("scep.static_challenge"), 2U);
}

TEST_F(ScepSettingsTest, OtherChallengesAreNotWarnedOf) {
  start_signed();
  EXPECT_EQ(site_.logger.count("scep.static_challenge"), 0U);
}

TEST_F(ScepSettingsTest, NdesFailuresNeedTheirSetting) {
  start_static();
  const ScepRequest wrong = enrollment("wrong");
  const ScepAnswer plain = client().ask(wrong);
  EXPECT_EQ(plain.fail_info, kBadRequest);
  EXPECT_EQ(plain.ndes_hresult, "");
  EXPECT_EQ(plain.hash, crypto::HashAlgorithm::sha256);
  EXPECT_TRUE(plain.content.empty());

  restart_with("ndes_failures = yes");
  const ScepAnswer ndes = client().ask(wrong);
  EXPECT_EQ(ndes.fail_info, kBadRequest);
  EXPECT_EQ(ndes.ndes_hresult, "-2147024810") << "0x80070056, ERROR_INVALID_PASSWORD";
  EXPECT_EQ(ndes.hash, crypto::HashAlgorithm::sha1);
  EXPECT_EQ(ndes.content, Bytes{0});
  const ScepAnswer good = client().ask(enrollment(kSecret, "CN=phone,O=Test", "good"));
  EXPECT_TRUE(good.issued());
  EXPECT_EQ(good.ndes_hresult, "");
  EXPECT_EQ(good.hash, crypto::HashAlgorithm::sha256);
}

TEST_F(ScepSettingsTest, TheKeyUsageThatIsAskedForChoosesTheTemplate) {
  start_static(
      "signature_template = sign\nencryption_template = encrypt\ngeneral_template = both\n",
      "[template.sign]\nkey_usage = digitalSignature\nextended_key_usage = clientAuth\n"
      "[template.encrypt]\nkey_usage = keyEncipherment\nextended_key_usage = emailProtection\n"
      "[template.both]\nkey_usage = digitalSignature, keyEncipherment\n"
      "extended_key_usage = serverAuth\n");
  constexpr std::uint16_t kBoth = crypto::kDigitalSignature | crypto::kKeyEncipherment;
  const struct {
    const char* template_name;
    std::uint16_t asked;
    std::uint16_t usage;
    const char* purpose;
  } rows[] = {{"sign", crypto::kDigitalSignature, crypto::kDigitalSignature, "1.3.6.1.5.5.7.3.2"},
              {"encrypt", crypto::kKeyEncipherment, crypto::kKeyEncipherment, "1.3.6.1.5.5.7.3.4"},
              {"both", kBoth, kBoth, "1.3.6.1.5.5.7.3.1"},
              {"both", 0, kBoth, "1.3.6.1.5.5.7.3.1"}};
  for (const auto& row : rows) {
    crypto::Pkcs10Spec spec = scep_subject("CN=phone,O=Test", kSecret);
    spec.key_usage = row.asked;
    ScepRequest request;
    request.transaction_id = std::string(row.template_name) + std::to_string(row.asked);
    request.inside = scep_pkcs10(request.key, spec);
    const ScepAnswer answer = client().ask(request);
    ASSERT_TRUE(answer.issued()) << request.transaction_id << answer.fail_info;
    EXPECT_EQ(answer.certificate->key_usage(), row.usage) << request.transaction_id;
    EXPECT_EQ(answer.certificate->extended_key_usage(), std::vector<std::string>{row.purpose});
    EXPECT_EQ(
        std::get<core::IssueRequest>(job_of(request.transaction_id).job.request).template_name,
        row.template_name);
  }
}

TEST_F(ScepSettingsTest, TheChallengesOwnTemplateGoesBeforeTheServices) {
  start_signed("template = plain\n",
               "[template.plain]\nextended_key_usage = clientAuth\n"
               "[template.special]\nextended_key_usage = serverAuth\n");
  const auto template_for = [&](const std::string& id, std::optional<std::string> own) {
    challenge::Claims claimed = claims(id);
    claimed.template_name = std::move(own);
    const ScepAnswer answer = client().ask(enrollment(mint(claimed), "CN=phone,O=Test", id));
    EXPECT_TRUE(answer.issued()) << id;
    return std::get<core::IssueRequest>(job_of(id).job.request).template_name;
  };
  EXPECT_EQ(template_for("own", "special"), "special");
  EXPECT_EQ(template_for("none", std::nullopt), "plain");
}

TEST_F(ScepSettingsTest, AUsageWithoutATemplateIsRefused) {
  start_static("signature_template = sign\n",
               "[template.sign]\nkey_usage = digitalSignature\n[template.other]\n");
  crypto::Pkcs10Spec spec = scep_subject("CN=phone,O=Test", kSecret);
  spec.key_usage = crypto::kKeyEncipherment;
  ScepRequest request;
  request.inside = scep_pkcs10(request.key, spec);
  EXPECT_EQ(client().ask(request).fail_info, kBadRequest);
  EXPECT_EQ(code_of("T1"), "unknown_template");
}

TEST_F(ScepSettingsTest, ChallengeKeysRollOver) {
  start_signed();
  const crypto::PrivateKey next = crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}).value();
  const auto enroll_with = [&](const crypto::PrivateKey& key, const std::string& id) {
    const std::string token = challenge::mint(claims(id), key).value();
    return client().ask(enrollment(token, "CN=phone,O=Test", id));
  };
  EXPECT_TRUE(enroll_with(minting_key_, "old-alone").issued());
  EXPECT_EQ(enroll_with(next, "too-early").fail_info, kBadRequest);
  EXPECT_EQ(code_of("too-early"), "challenge_untrusted");

  trust({&minting_key_, &next});
  reload();
  EXPECT_TRUE(enroll_with(minting_key_, "old-beside").issued());
  EXPECT_TRUE(enroll_with(next, "next-beside").issued());

  trust({&next});
  reload();
  EXPECT_TRUE(enroll_with(next, "next-alone").issued());
  EXPECT_EQ(enroll_with(minting_key_, "too-late").fail_info, kBadRequest);
  EXPECT_EQ(code_of("too-late"), "challenge_untrusted");
  restart();
  EXPECT_TRUE(enroll_with(next, "after-restart").issued());
  EXPECT_EQ(enroll_with(minting_key_, "much-too-late").fail_info, kBadRequest);
  EXPECT_EQ(code_of("much-too-late"), "challenge_untrusted");
}

}  // namespace
}  // namespace certconnector::app
