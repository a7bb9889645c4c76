#include "agent/ndes/crl_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/agent/ndes/crl_site.h"
#include "tests/support/capturing_logger.h"

namespace certconnector::ndes {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kBase[] = "http://pki.example/ca.crl";
constexpr char kDelta[] = "http://pki.example/ca+.crl";
constexpr char kLdap[] = "ldap:///CN=ca,DC=example?certificateRevocationList";

class CrlCheckTest : public ::testing::Test {
 protected:
  // "good", "revoked", "waits", or why it is unknown.
  std::string ask(const crypto::Certificate& certificate, bool may_wait = true) {
    if (!check_) {
      CrlAccess access = site_.access();
      access.fetch = [this, get = access.fetch](const std::string& url) {
        clock_.advance(slow_);
        return get(url);
      };
      const auto shelf =
          std::make_shared<CrlShelf>(std::move(access), site_.ca.certificate, clock_, logger_);
      check_ = std::make_unique<CrlCheck>(sources_, shelf, CrlCheckParts{pool_, clock_, logger_});
    }
    const auto answer = check_->check(certificate, clock_.wall(), may_wait);
    if (!answer) return "waits";
    if (const auto* why = std::get_if<enrollment::UnknownRevocation>(&*answer)) return why->why;
    return std::holds_alternative<enrollment::NotRevoked>(*answer) ? "good" : "revoked";
  }
  std::string ask_anew(const crypto::Certificate& certificate) {
    check_.reset();
    return ask(certificate);
  }
  // A full list that names the delta CRL, with these revoked.
  void put_base(std::uint8_t number, const std::vector<Bytes>& serials = {}) {
    TestCrl base = CrlSite::list(number, serials);
    base.more_extensions = test_extension("2.5.29.46", false, points_value({kDelta}));
    site_.at[kBase] = site_.crl(base);
  }

  CrlSite site_;
  FakeClock clock_;
  Duration slow_{};  // what a fetch takes
  certconnector::testing::CapturingLogger logger_;
  runtime::WorkerPool pool_{1, 4, logger_};
  CrlSources sources_{{{"pki.example", 80}}, "", "", true};
  std::unique_ptr<CrlCheck> check_;
};

TEST_F(CrlCheckTest, AsksTheCrlThatTheCertificateNames) {
  const auto good = site_.certificate({kLdap, kBase});
  const auto revoked = site_.certificate({kLdap, kBase});
  site_.at[kBase] = site_.crl(CrlSite::list(1, {{5}, serial_integer(revoked), {9}}));
  EXPECT_EQ(ask(good, false), "waits");
  EXPECT_THAT(site_.fetched, IsEmpty());
  EXPECT_EQ(ask(good), "good");
  EXPECT_EQ(ask(revoked), "revoked");
  EXPECT_EQ(ask(revoked, false), "revoked") << "the list is at hand";
  EXPECT_THAT(site_.fetched, ElementsAre(kBase));
}

TEST_F(CrlCheckTest, FetchesFromConfiguredHostsAlone) {
  for (const char* address :
       {kLdap, "http://other.example/ca.crl", "http://pki.example:8080/ca.crl",
        "https://pki.example/ca.crl", "http://user@pki.example/ca.crl", "file:///etc/passwd",
        "http://pki.example.evil/ca.crl"}) {
    site_.at[address] = site_.crl();
    EXPECT_THAT(ask(site_.certificate({address})), HasSubstr("set crl_hosts, crl_url or crl_file"))
        << address;
  }
  EXPECT_THAT(ask(site_.certificate({})), HasSubstr("names no CRL"));
  EXPECT_THAT(site_.fetched, IsEmpty());
  site_.at["http://PKI.example:80/ca.crl"] = site_.crl();
  EXPECT_EQ(ask(site_.certificate({"http://PKI.example:80/ca.crl"})), "good");
  EXPECT_EQ(logger_.count("registration.revocation_unknown"), 8U);
}

TEST_F(CrlCheckTest, TakesTheConfiguredCrlWhereTheCertificateNamesLdapAlone) {
  const auto certificate = site_.certificate({kLdap});
  const Bytes list = site_.crl(CrlSite::list(1, {serial_integer(certificate)}));
  sources_ = {{}, "http://elsewhere.example/x.crl", "", true};
  site_.at["http://elsewhere.example/x.crl"] = list;
  EXPECT_EQ(ask_anew(certificate), "revoked");
  sources_ = {{}, "", "/etc/ca.crl", true};
  site_.at["/etc/ca.crl"] = list;
  EXPECT_EQ(ask_anew(certificate), "revoked");
  // One that is out of reach is no answer.
  sources_ = {{{"pki.example", 80}}, "", "/etc/ca.crl", true};
  EXPECT_EQ(ask_anew(site_.certificate({kBase})), "good");
}

TEST_F(CrlCheckTest, AHostOfThePortOfHttpsIsNotAskedByHttps) {
  sources_.hosts = {{"pki.example", 443}};
  site_.at["https://pki.example/ca.crl"] = site_.crl();
  EXPECT_THAT(ask(site_.certificate({"https://pki.example/ca.crl"})), HasSubstr("crl_hosts"));
  EXPECT_THAT(site_.fetched, IsEmpty());
}

TEST_F(CrlCheckTest, TriesFourOfTheNamedPlacesAndThenTheConfiguredOne) {
  std::vector<std::string> named;
  for (int i = 0; i < 6; ++i) named.push_back("http://pki.example/" + std::to_string(i));
  sources_.file = "/etc/ca.crl";
  site_.at[named[4]] = site_.at[sources_.file] = site_.crl();
  EXPECT_EQ(ask(site_.certificate(named)), "good");
  EXPECT_THAT(site_.fetched, ElementsAre(named[0], named[1], named[2], named[3], "/etc/ca.crl"));
}

TEST_F(CrlCheckTest, AnInquiryTriesNoMoreAfterTwentySeconds) {
  slow_ = seconds(10);
  const auto certificate =
      site_.certificate({"http://pki.example/1", "http://pki.example/2", "http://pki.example/3"});
  EXPECT_THAT(ask(certificate), HasSubstr("connection refused"));
  EXPECT_THAT(site_.fetched, ElementsAre("http://pki.example/1", "http://pki.example/2"));
  // A delta CRL is asked for, however long the full one took.
  slow_ = seconds(20);
  put_base(10);
  site_.at[kDelta] = site_.crl(CrlSite::delta(12, 10));
  EXPECT_EQ(ask_anew(site_.certificate({kBase})), "good");
}

TEST_F(CrlCheckTest, PointsThatCannotBeReadAreUnknownWhateverIsConfigured) {
  sources_.file = "/etc/ca.crl";
  site_.at[sources_.file] = site_.crl();
  for (const char* oid : {"2.5.29.31", "2.5.29.46"}) {
    CertificateSpec spec;
    spec.raw_extensions = {{oid, {5, 0}}};
    EXPECT_THAT(ask(issue(site_.ca, spec).certificate), HasSubstr("cannot be read")) << oid;
  }
}

TEST_F(CrlCheckTest, WhatShowsNothingNowIsUnknown) {
  const auto certificate = site_.certificate({kBase});
  EXPECT_THAT(ask(certificate), HasSubstr("connection refused"));
  EXPECT_THAT(ask(certificate), HasSubstr("crl_url or crl_file"));
  struct Row {
    std::function<void(TestCrl&)> bend;
    const char* says;  // null: it is good
  };
  const auto scope = [](const Bytes& value) {
    return
        [value](TestCrl& crl) { crl.more_extensions = test_extension("2.5.29.28", true, value); };
  };
  const Row rows[] = {
      {[](TestCrl&) {}, nullptr},
      {[](TestCrl& crl) { crl.next_update = FakeClock::kStart; }, "expired on 2026-01-01"},
      {[](TestCrl& crl) { crl.next_update.reset(); }, "nextUpdate"},
      {[](TestCrl& crl) { crl.this_update = FakeClock::kStart + hours(1); }, "compare the clocks"},
      {[](TestCrl& crl) {
         crl.more_extensions = test_extension("1.2.3", true, {5, 0});
       },
       "1.2.3"},
      {[](TestCrl& crl) {
         crl.entries = {{{7}, {}, {}, test_extension("1.2.4", true, {5, 0})}};
       },
       "1.2.4"},
      {scope(scope_value("", 1)), nullptr},
      {scope(scope_value("", 2)), "CA certificates alone"},
      {scope(scope_value("", 4)), "indirect"},
      {scope(scope_value("", 5)), "attribute certificates"},
      {scope(scope_value(kBase)), nullptr},
      {scope(scope_value("http://pki.example/part2.crl")), "other distribution points"},
      {scope({der::kSequence, 4, 0xA0, 2, 0xA1, 0}), "relative"},
      {scope({der::kSequence, 4, 0x83, 2, 6, 0x40}), "some reasons"},
  };
  for (const Row& row : rows) {
    TestCrl list = CrlSite::list(1);
    row.bend(list);
    site_.at[kBase] = site_.crl(list);
    const std::string answer = ask_anew(certificate);
    if (row.says == nullptr) {
      EXPECT_EQ(answer, "good");
    } else {
      EXPECT_THAT(answer, HasSubstr(row.says));
    }
  }
}

TEST_F(CrlCheckTest, APointOfSomeReasonsOrOfAnotherIssuerShowsNothing) {
  // DistributionPoint { [0] name, [1] reasons } and { [0] name, [2] cRLIssuer }
  for (const Bytes& more : {Bytes{0x81, 2, 6, 0x40}, Bytes{0xA2, 2, 0xA4, 0}}) {
    Bytes point = points_value({kBase});
    point[1] = static_cast<std::uint8_t>(point[1] + more.size());
    point[3] = static_cast<std::uint8_t>(point[3] + more.size());
    point.insert(point.end(), more.begin(), more.end());
    CertificateSpec spec;
    spec.raw_extensions = {{"2.5.29.31", point}};
    site_.at[kBase] = site_.crl();
    EXPECT_THAT(ask_anew(issue(site_.ca, spec).certificate), HasSubstr("crl_hosts"));
  }
}

TEST_F(CrlCheckTest, ADeltaCrlSaysTheRest) {
  const auto certificate = site_.certificate({kBase});
  const Bytes serial = serial_integer(certificate);
  put_base(10);
  EXPECT_THAT(ask(certificate), HasSubstr("the delta CRL at " + std::string(kDelta)));
  site_.at[kDelta] = site_.crl(CrlSite::delta(12, 10, {serial}));
  EXPECT_EQ(ask_anew(certificate), "revoked");
  site_.at[kDelta] = site_.crl(CrlSite::delta(12, 10));
  EXPECT_EQ(ask_anew(certificate), "good");
  EXPECT_THAT(site_.fetched.back(), kDelta);
  // It ends a hold.
  put_base(10, {serial});
  EXPECT_EQ(ask_anew(certificate), "revoked");
  TestCrl lifted = CrlSite::delta(12, 10, {serial});
  lifted.entries.front().reason = 8;
  site_.at[kDelta] = site_.crl(lifted);
  EXPECT_EQ(ask_anew(certificate), "good");
  // Not against a newer full CRL.
  put_base(12, {serial});
  EXPECT_EQ(ask_anew(certificate), "revoked");
  // Beside an entry that revokes, nothing is lifted.
  put_base(10);
  lifted.entries.push_back({serial});
  site_.at[kDelta] = site_.crl(lifted);
  EXPECT_EQ(ask_anew(certificate), "revoked");
  // One without a number counts.
  TestCrl unnumbered = CrlSite::delta(12, 10, {serial});
  unnumbered.number.reset();
  site_.at[kDelta] = site_.crl(unnumbered);
  EXPECT_EQ(ask_anew(certificate), "revoked");
}

TEST_F(CrlCheckTest, FindsAnEntryWhateverTheOrderOfTheList) {
  const auto certificate = site_.certificate({kBase});
  const Bytes serial = serial_integer(certificate);
  for (const std::vector<Bytes>& serials :
       {std::vector<Bytes>{serial, {9}, {5}}, {{9}, {5}, serial}, {{5}, serial, {9}}}) {
    site_.at[kBase] = site_.crl(CrlSite::list(1, serials));
    EXPECT_EQ(ask_anew(certificate), "revoked");
  }
}

TEST_F(CrlCheckTest, TheCertificateMayNameTheDeltaCrl) {
  const auto certificate = site_.certificate({kBase}, {kDelta});
  site_.at[kBase] = site_.crl(CrlSite::list(10));
  site_.at[kDelta] = site_.crl(CrlSite::delta(11, 9, {serial_integer(certificate)}));
  EXPECT_EQ(ask(certificate, false), "waits");
  EXPECT_EQ(ask(certificate), "revoked");
  EXPECT_EQ(ask(certificate, false), "revoked");
  EXPECT_THAT(site_.fetched, ElementsAre(kBase, kDelta));
}

TEST_F(CrlCheckTest, ADeltaCrlThatDoesNotFitIsUnknown) {
  const auto certificate = site_.certificate({kBase});
  struct Row {
    TestCrl delta;
    const char* says;
  };
  TestCrl expired = CrlSite::delta(12, 10);
  expired.next_update = FakeClock::kStart;
  TestCrl scoped = CrlSite::delta(12, 10);
  const Bytes scope = test_extension("2.5.29.28", true, scope_value("", 1));
  scoped.more_extensions.insert(scoped.more_extensions.end(), scope.begin(), scope.end());
  const Row rows[] = {
      {CrlSite::delta(12, 11), "older 0x0a"},
      {expired, "expired"},
      {scoped, "another scope"},
      {CrlSite::list(12), "full one where a delta CRL is expected"},
  };
  for (const Row& row : rows) {
    put_base(10);
    site_.at[kDelta] = site_.crl(row.delta);
    EXPECT_THAT(ask_anew(certificate), HasSubstr(row.says));
  }
  sources_.deltas = false;
  EXPECT_EQ(ask_anew(certificate), "good") << "the switch";
  EXPECT_EQ(site_.fetched.back(), kBase);
}

// A revocation does not end: RFC 5280 section 6.3.3 looks for one on every CRL that it has.
TEST_F(CrlCheckTest, ARevocationCountsWhateverElseIsUnknown) {
  const auto certificate = site_.certificate({kBase});
  const Bytes serial = serial_integer(certificate);
  put_base(10, {serial});
  EXPECT_EQ(ask_anew(certificate), "revoked") << "the delta CRL cannot be had";
  site_.at[kDelta] = site_.crl(CrlSite::delta(12, 11));
  EXPECT_EQ(ask_anew(certificate), "revoked") << "the delta CRL goes with another one";
  TestCrl old = CrlSite::list(10, {serial});
  old.next_update = FakeClock::kStart;
  site_.at[kBase] = site_.crl(old);
  EXPECT_EQ(ask_anew(certificate), "revoked") << "the CRL has expired";
  old.next_update.reset();
  site_.at[kBase] = site_.crl(old);
  EXPECT_EQ(ask_anew(certificate), "revoked") << "it does not say when it ends";
  put_base(10);
  TestCrl delta = CrlSite::delta(12, 10, {serial});
  delta.next_update = FakeClock::kStart;
  site_.at[kDelta] = site_.crl(delta);
  EXPECT_EQ(ask_anew(certificate), "revoked") << "the delta CRL has expired";
  put_base(13);
  EXPECT_THAT(ask_anew(certificate), HasSubstr("expired")) << "the full one knows of no hold";
  delta.entries.front().reason = 8;
  put_base(10);
  site_.at[kDelta] = site_.crl(delta);
  EXPECT_THAT(ask_anew(certificate), HasSubstr("expired")) << "the hold has ended";
}

TEST_F(CrlCheckTest, ACrlThatIsKeptBeyondItsEndStillRevokes) {
  const auto certificate = site_.certificate({kBase});
  TestCrl list = CrlSite::list(1, {serial_integer(certificate)});
  list.next_update = FakeClock::kStart + hours(1);
  site_.at[kBase] = site_.crl(list);
  EXPECT_EQ(ask(certificate), "revoked");
  site_.at.clear();
  clock_.advance(hours(2));
  EXPECT_EQ(ask(certificate), "revoked");
  EXPECT_THAT(ask(site_.certificate({kBase})), HasSubstr("connection refused"));
}

TEST_F(CrlCheckTest, ASerialNumberOfZeroIsFound) {
  CertificateSpec spec;
  spec.serial = {0};
  spec.raw_extensions = {{"2.5.29.31", points_value({kBase})}};
  const auto certificate = issue(site_.ca, spec).certificate;
  site_.at[kBase] = site_.crl(CrlSite::list(1, {{5}, {0}}));
  EXPECT_EQ(ask_anew(certificate), "revoked");
  site_.at[kBase] = site_.crl(CrlSite::list(1, {{5}}));
  EXPECT_EQ(ask_anew(certificate), "good");
}

// A CA publishes a full CRL and a delta CRL that goes with it. The full one at hand is an hour old
// at most, and older than that.
TEST_F(CrlCheckTest, ANewerBaseIsFetchedAtOnce) {
  const auto certificate = site_.certificate({kBase});
  put_base(10);
  site_.at[kDelta] = site_.crl(CrlSite::delta(11, 10));
  EXPECT_EQ(ask(certificate), "good");
  TestCrl newer = CrlSite::list(12);
  newer.this_update += std::chrono::minutes(1);
  newer.more_extensions = test_extension("2.5.29.46", false, points_value({kDelta}));
  site_.at[kBase] = site_.crl(newer);
  clock_.advance(std::chrono::minutes(59));
  check_.reset();
  site_.at[kDelta] = site_.crl(CrlSite::delta(13, 12));
  put_base(10);
  EXPECT_THAT(ask(certificate), HasSubstr("older 0x0a")) << "the CA has no newer one yet";
  site_.at[kBase] = site_.crl(newer);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(ask(certificate, false), "waits");
  EXPECT_EQ(ask(certificate), "good");
}

TEST_F(CrlCheckTest, AFullCrlThatNamesNoUsableDeltaCrlIsUnknown) {
  const auto certificate = site_.certificate({kBase});
  const std::pair<Bytes, const char*> rows[] = {{{5, 0}, "names delta CRLs: "},
                                                {{der::kSequence, 0}, "are at no URI alone"}};
  for (const auto& [value, says] : rows) {
    TestCrl base = CrlSite::list(10);
    base.more_extensions = test_extension("2.5.29.46", false, value);
    site_.at[kBase] = site_.crl(base);
    EXPECT_THAT(ask_anew(certificate), HasSubstr(says));
  }
  TestCrl unnumbered = CrlSite::list(10);
  unnumbered.number.reset();
  unnumbered.more_extensions = test_extension("2.5.29.46", false, points_value({kDelta}));
  site_.at[kBase] = site_.crl(unnumbered);
  site_.at[kDelta] = site_.crl(CrlSite::delta(12, 10));
  EXPECT_THAT(ask_anew(certificate), HasSubstr("the full CRL has no number"));
}

TEST_F(CrlCheckTest, ADeltaCrlAtForeignHostsAloneIsUnknown) {
  TestCrl base = CrlSite::list(10);
  base.more_extensions = test_extension("2.5.29.46", false, points_value({kLdap}));
  site_.at[kBase] = site_.crl(base);
  const std::string why = ask(site_.certificate({kBase}));
  EXPECT_THAT(why, HasSubstr(kLdap));
  EXPECT_THAT(why, HasSubstr("delta_crls = no"));
}

TEST_F(CrlCheckTest, TellsWhatKeepsItFromKnowing) {
  const auto certificate = site_.certificate({kBase});
  EXPECT_THAT(ask(certificate), HasSubstr("connection refused"));
  EXPECT_THAT(check_->trouble().value(), HasSubstr("connection refused"));
  site_.at[kBase] = site_.crl();
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(ask(certificate), "good");
  EXPECT_FALSE(check_->trouble());
  sources_ = {{}, "", "/etc/ca.crl", true};
  check_.reset();
  EXPECT_THAT(ask(certificate), HasSubstr("/etc/ca.crl"));
  site_.at["/etc/ca.crl"] = site_.crl();
  clock_.advance(std::chrono::minutes(1));
  check_->look(clock_.wall());
  EXPECT_EQ(ask(certificate), "good");
  EXPECT_FALSE(check_->trouble());
  site_.at.clear();
  clock_.advance(std::chrono::minutes(1));
  check_->look(clock_.wall());
  EXPECT_THAT(check_->trouble().value(), HasSubstr("crl_file /etc/ca.crl: "));
  clock_.advance(std::chrono::minutes(6));
  EXPECT_FALSE(check_->trouble()) << "nobody has looked for a while";
  sources_ = {};
  check_.reset();
  EXPECT_THAT(ask(certificate), HasSubstr("crl_hosts"));
}

TEST_F(CrlCheckTest, ATaskRunsOnAThreadThatMayWait) {
  ask(site_.certificate({kBase}));
  std::promise<bool> in_time;
  ASSERT_TRUE(check_->post([&](bool value) { in_time.set_value(value); }));
  EXPECT_TRUE(in_time.get_future().get());
  pool_.close();
  EXPECT_FALSE(check_->post([](bool) {}));
}

TEST_F(CrlCheckTest, ATaskThatWaitedLongForItsTurnIsToldSo) {
  ask(site_.certificate({kBase}));
  for (const auto& [waits, in_time] :
       {std::pair<Duration, bool>(seconds(10), true), {seconds(10) + Duration(1), false}}) {
    std::promise<void> begun;
    std::promise<void> goes_on;
    std::promise<bool> told;
    ASSERT_TRUE(check_->post([&](bool) {
      begun.set_value();
      goes_on.get_future().wait();
    }));
    begun.get_future().wait();
    ASSERT_TRUE(check_->post([&](bool value) { told.set_value(value); }));
    clock_.advance(waits);
    goes_on.set_value();
    EXPECT_EQ(told.get_future().get(), in_time);
  }
}

}  // namespace
}  // namespace certconnector::ndes
