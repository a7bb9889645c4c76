// A renewal with a good challenge beside its certificate counts as a first request.
#include <algorithm>

#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

class ScepRenewalChallenge : public ScepFixture {
 protected:
  static constexpr const char* kSubject = "CN=phone,O=Test";

  // A renewal of `old` by its device, for another key.
  ScepRequest renewal_by(const crypto::Certificate& old, std::size_t next_key,
                         const std::string& challenge = "") {
    ScepRequest renewal;
    renewal.type = "17";
    renewal.transaction_id = "renewal-" + std::to_string(next_key);
    renewal.certificate = old;
    renewal.inside = scep_pkcs10(rsa_device(next_key).key, scep_subject(kSubject, challenge));
    return renewal;
  }
  core::CertificateRecord record_of(const ScepAnswer& answer) {
    if (!answer.issued()) return {};
    const auto found =
        agent().certificates().find(core::CertificateId{answer.certificate->serial(), {}});
    EXPECT_TRUE(found.ok() && found->size() == 1);
    return found.ok() && !found->empty() ? found->front().record : core::CertificateRecord();
  }
  ScepAnswer first(const std::string& more = "") {
    start_signed("renewal_window = 3650d\n", more);
    used_ = mint(claims());
    return client().ask(enrollment(used_));
  }
  std::string fresh(const std::string& id) { return mint(claims(id)); }

  std::string used_;
};

TEST_F(ScepRenewalChallenge, ItBeginsALineage) {
  const ScepAnswer old = first();
  ASSERT_TRUE(old.issued()) << old.fail_info_text;
  const ScepAnswer renewed = client().ask(renewal_by(*old.certificate, 1));
  ASSERT_TRUE(renewed.issued()) << renewed.fail_info_text;
  EXPECT_EQ(record_of(renewed).lineage, record_of(old).lineage);
  const ScepRequest with_challenge = renewal_by(*old.certificate, 2, fresh("c2"));
  const ScepAnswer anew = client().ask(with_challenge);
  ASSERT_TRUE(anew.issued()) << anew.fail_info_text;
  EXPECT_FALSE(record_of(anew).lineage == record_of(old).lineage);
  EXPECT_NE(record_of(anew).entry.holder.challenge, record_of(old).entry.holder.challenge);
  const ScepAnswer again = client().ask(with_challenge);
  ASSERT_TRUE(again.issued()) << again.fail_info_text;
  EXPECT_EQ(again.certificate->der(), anew.certificate->der()) << "a repeat brings the same";
}

TEST_F(ScepRenewalChallenge, ItWorksThoughTheLineageIsFull) {
  const ScepAnswer old = first();
  ASSERT_TRUE(old.issued());
  ASSERT_TRUE(client().ask(renewal_by(*old.certificate, 1)).issued());
  ASSERT_TRUE(client().ask(renewal_by(*old.certificate, 2)).issued());
  EXPECT_FALSE(client().ask(renewal_by(*old.certificate, 3)).issued());
  EXPECT_EQ(code_of("renewal-3"), "lineage_full");
  const auto findings = agent().status().health;
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const auto& one) {
    return one.component == "lineages" &&
           one.remedy.find("certconnector certs lineage allow ") != std::string::npos;
  }));
  EXPECT_TRUE(client().ask(renewal_by(*old.certificate, 4, fresh("c2"))).issued());
}

TEST_F(ScepRenewalChallenge, AUsedOneIsARenewal) {
  const ScepAnswer old = first();
  ASSERT_TRUE(old.issued());
  const ScepRequest with_old = renewal_by(*old.certificate, 1, used_);
  const ScepAnswer renewed = client().ask(with_old);
  ASSERT_TRUE(renewed.issued()) << "devices send their first challenge again: "
                                << renewed.fail_info_text;
  EXPECT_EQ(record_of(renewed).lineage, record_of(old).lineage);
  const ScepAnswer again = client().ask(with_old);
  ASSERT_TRUE(again.issued());
  EXPECT_EQ(again.certificate->der(), renewed.certificate->der());
}

TEST_F(ScepRenewalChallenge, AWrongOneIsARenewalAndAGuessWhereThatIsDenied) {
  const ScepAnswer old = first("[http]\nchallenge_failures_per_hour=2\n");
  ASSERT_TRUE(old.issued());
  ASSERT_TRUE(client().ask(renewal_by(*old.certificate, 1, "nonsense")).issued());
  ASSERT_TRUE(client().ask(renewal_by(*old.certificate, 2, "nonsense")).issued());
  const auto guess = [&] { return client().ask(renewal_by(*old.certificate, 3, "guess")).http; };
  EXPECT_EQ(guess(), 200U) << "the renewals before were no guesses";
  EXPECT_EQ(guess(), 200U);
  EXPECT_EQ(guess(), 429U) << "a full lineage lets nobody guess challenges";
}

}  // namespace
}  // namespace certconnector::app
