// A database of which parts are damaged: what comes over, and what the report says is lost.
#include "agent/store/sqlite/salvage.h"

#include <filesystem>

#include "agent/core/errors.h"
#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/salvage_fixture.h"
#include "tests/support/openness.h"

namespace certconnector::store {
namespace {

using certconnector::testing::Openness;
using certconnector::testing::openness_of;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::SizeIs;

using Kinds = std::set<std::string>;

// An agent works with the file: it opens, each list reads to its end, and work goes on.
void expect_good_file(const std::string& path) {
  ASSERT_TRUE(AgentDatabase::check_file(path).ok());
  OpenStores stores(path);
  core::JobFilter all;
  all.limit = 1000;
  ASSERT_TRUE(stores.jobs.list(all).ok());
  ASSERT_TRUE(stores.jobs.unreported({}, 1000).ok());
  ASSERT_TRUE(stores.jobs.claim({kCa, 1000, "life-2", at(6000), at(6100)}).ok());
  ASSERT_TRUE(stores.enrollments.list({}).ok());
  ASSERT_TRUE(stores.challenges.list(std::nullopt, at(6000)).ok());
  const auto inserted = stores.jobs.insert({issue_job("after")}, at(6000));
  ASSERT_TRUE(inserted.ok()) << inserted.error().message();
}

TEST_F(SalvageTest, AnIntactFileComesOverWhole) {
  const auto report = salvage_image(busy_image());
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->complete());
  EXPECT_THAT(lossy(*report), IsEmpty());
  EXPECT_EQ(of(*report, "certificates").copied, std::uint64_t{kIssued});
  EXPECT_EQ(of(*report, "revocations").copied, std::uint64_t{kRevoked});
  EXPECT_EQ(of(*report, "jobs").copied, std::uint64_t{kIssued + kWaiting});
  EXPECT_EQ(of(*report, "enrollments").copied, std::uint64_t{kIssued});
  EXPECT_EQ(of(*report, "challenge passwords").copied, std::uint64_t{kPasswords});
  EXPECT_EQ(of(*report, "withdrawn challenges").copied, std::uint64_t{kWithdrawn});
  EXPECT_EQ(of(*report, "CRL numbers").copied, 1U);

  ASSERT_THAT(report->damaged, SizeIs(1));
  EXPECT_EQ(report->damaged[0], file("agent.db.damaged-") + "20260921T153640Z");
  EXPECT_EQ(certconnector::testing::read_file(report->damaged[0]), busy_image());
  EXPECT_FALSE(is_there("agent.db.salvaged"));
  EXPECT_EQ(openness_of(file("agent.db")), Openness::owner_alone);

  OpenStores stores(file("agent.db"));
  EXPECT_EQ(stores.certificates.count(kCa).value(), std::uint64_t{kIssued});
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 1001U);
  EXPECT_EQ(stores.certificates.crl(kCa).value()->number, 1000U);
  EXPECT_THAT(revoked(stores), SizeIs(kRevoked));
  const auto jobs = stores.jobs.find("job-7").value();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<core::Issued>(*jobs[0].outcome));
  const auto waiting = stores.jobs.find("waiting-7").value();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_THAT(stores.jobs.history(waiting[0].ticket).value(), SizeIs(kEvents));
  EXPECT_THAT(stores.jobs.claim({kCa, 1000, "life-2", at(6000), at(6100)}).value(),
              SizeIs(kWaiting));
}

// The rows of the new file are those of the old one, column by column.
TEST_F(SalvageTest, EveryColumnIsTheSame) {
  ASSERT_TRUE(salvage_image(busy_image()).ok());
  std::filesystem::rename(file("agent.db"), file("new.db"));
  folder_.write("old.db", busy_image());
  for (const std::string& name : names_in(busy_image())) {
    if (name.rfind("sqlite_", 0) == 0 || name == "authority") continue;  // counted anew
    if (name == "job_count") continue;
    DatabaseOptions options;
    options.access = DatabaseAccess::immutable;
    std::vector<std::string> sums;
    for (const char* one : {"old.db", "new.db"}) {
      options.path = file(one);
      auto database = Database::open(options);
      ASSERT_TRUE(database.ok());
      sums.push_back(table_text(*database, name));
    }
    EXPECT_EQ(sums[0], sums[1]) << name;
  }
}

// The kinds that may be lost with all pages of a table. An index costs nothing.
Kinds may_lose(const std::string& table) {
  static const std::map<std::string, Kinds> kinds{
      {"certificate", {"certificates", "jobs", "events of jobs"}},
      {"authority", {"CRL numbers"}},
      {"job", {"jobs", "events of jobs"}},
      {"request", {"jobs", "events of jobs"}},
      {"outcome", {"jobs", "events of jobs"}},
      {"event", {"events of jobs"}},
      {"lineage", {"lineages with an allowance or a lost key"}},
      {"enrollment", {"enrollments"}},
      {"challenge_password", {"challenge passwords"}}};
  const auto known = kinds.find(table);
  return known == kinds.end() ? Kinds() : known->second;
}

class DamagedTable : public SalvageTest, public ::testing::WithParamInterface<Pages> {};

TEST_P(DamagedTable, CostsNoOtherAndNoRevocation) {
  for (const std::string& name : names_in(busy_image())) {
    SCOPED_TRACE(name);
    if (GetParam() != Pages::all && !is_table(busy_image(), name)) continue;
    const auto pages = pages_of(busy_image(), name, GetParam());
    const auto report = salvage_image(without_pages(busy_image(), pages));
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_THAT(lossy(*report), IsSubsetOf(may_lose(name)));
    expect_good_file(file("agent.db"));
    OpenStores stores(file("agent.db"));
    EXPECT_THAT(revoked(stores), SizeIs(kRevoked));
    if (name == "authority") continue;  // this CRL's number is lost
    EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 1001U);
  }
}

std::string name_of_pages(const ::testing::TestParamInfo<Pages>& tested) {
  switch (tested.param) {
    case Pages::root:
      return "Root";
    case Pages::leaves:
      return "Leaves";
    case Pages::all:
      break;
  }
  return "All";
}

INSTANTIATE_TEST_SUITE_P(Of, DamagedTable,
                         ::testing::Values(Pages::root, Pages::leaves, Pages::all), name_of_pages);

// One page after another: what is lost is what the report says.
TEST_F(SalvageTest, EachPageOfCertificatesCostsItsOwn) {
  const auto pages = pages_of(busy_image(), "certificate", Pages::all);
  ASSERT_GT(pages.size(), 10U);
  for (std::size_t i = 0; i < pages.size(); i += 7) {
    SCOPED_TRACE(pages[i]);
    const auto report = salvage_image(without_pages(busy_image(), {pages[i]}));
    ASSERT_TRUE(report.ok());
    const SalvageCount certificates = of(*report, "certificates");
    EXPECT_EQ(certificates.copied + certificates.lost, std::uint64_t{kIssued});
    EXPECT_LT(certificates.lost, 10U);
    EXPECT_FALSE(certificates.more_lost);
    const SalvageCount jobs = of(*report, "jobs");
    EXPECT_EQ(jobs.lost, certificates.lost) << "their outcomes are lost with them";
    EXPECT_EQ(jobs.copied + jobs.lost, std::uint64_t{kIssued + kWaiting});
    OpenStores stores(file("agent.db"));
    EXPECT_EQ(stores.certificates.count(kCa).value(), certificates.copied);
  }
}

TEST_F(SalvageTest, AfterALossTheCaMayHaveIssuedMore) {
  ASSERT_TRUE(salvage_image(busy_image()).ok());
  EXPECT_FALSE(OpenStores(file("agent.db")).certificates.may_have_issued_more(kCa).value());
  const auto pages = pages_of(busy_image(), "certificate", Pages::all);
  ASSERT_TRUE(salvage_image(without_pages(busy_image(), {pages[3]})).ok());
  EXPECT_TRUE(OpenStores(file("agent.db")).certificates.may_have_issued_more(kCa).value());
}

TEST_F(SalvageTest, AnInnerPageCostsNothing) {
  for (const char* table : {"certificate", "job", "request", "enrollment"}) {
    const auto report =
        salvage_image(without_pages(busy_image(), pages_of(busy_image(), table, Pages::root)));
    ASSERT_TRUE(report.ok()) << table;
    EXPECT_THAT(lossy(*report), IsEmpty()) << table;
  }
}

TEST_F(SalvageTest, ARevocationWithoutItsCertificateStands) {
  const auto pages = pages_of(busy_image(), "certificate", Pages::all);
  ASSERT_TRUE(salvage_image(without_pages(busy_image(), pages)).ok());
  OpenStores stores(file("agent.db"));
  EXPECT_EQ(stores.certificates.count(kCa).value(), 0U);
  core::RevokeEntry again;
  again.id.serial = serial_of(7);
  again.revocation = {at(7000), core::RevocationReason::superseded, {}};
  const auto result = stores.certificates.revoke(kCa, {again}, at(7000)).value().front();
  EXPECT_EQ(result.change, core::RevokeChange::already_revoked);
  EXPECT_EQ(result.standing->at, at(5));
}

TEST_F(SalvageTest, LostRevocationsComeFromThePublishedCrl) {
  SalvageCa ca{kCa, {}, {1000, {}}};
  for (int i = 0; i < kRevoked; ++i) {
    ca.crl.revoked.push_back({serial_of(i), {at(5), core::RevocationReason::superseded, {}}});
  }
  // Lifted since this CRL was published.
  ca.crl.revoked.push_back({serial_of(200), {at(4), core::RevocationReason::certificate_hold, {}}});
  options_.cas.push_back(ca);
  const auto pages = pages_of(busy_image(), "revocation", Pages::all);
  const auto report = salvage_image(without_pages(busy_image(), pages));
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->complete()) << "the index says that these are all";
  EXPECT_THAT(report->notes, Contains(HasSubstr("from the published CRL")));
  OpenStores stores(file("agent.db"));
  const auto found = stores.certificates.find(kCa, core::CertificateId{serial_of(3), {}}).value();
  ASSERT_TRUE(found && found->revocation);
  EXPECT_EQ(found->revocation->reason, core::RevocationReason::superseded);
  EXPECT_EQ(revoked(stores).count(serial_of(200)), 0U);
  EXPECT_EQ(stores.certificates.take_crl_number(kCa, 1).value(), 1001U);
}

TEST_F(SalvageTest, WithoutACrlTheIndexKeepsThemRevoked) {
  const auto pages = pages_of(busy_image(), "revocation", Pages::all);
  const auto report = salvage_image(without_pages(busy_image(), pages));
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->complete()) << "time and reason are lost";
  EXPECT_THAT(lossy(*report), IsEmpty());
  EXPECT_THAT(report->notes, Contains(HasSubstr("lost their time and reason")));
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(revoked(stores), SizeIs(kRevoked));
}

// A CRL of a CA whose revocations are all there adds nothing: a hold may have been lifted since.
TEST_F(SalvageTest, AnIntactTableNeedsNoCrl) {
  options_.cas.push_back({kCa, {}, {1000, {{Bytes(16, 1), {at(5), {}, {}}}}}});
  ASSERT_TRUE(salvage_image(busy_image()).ok());
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(revoked(stores), SizeIs(kRevoked));
}

TEST_F(SalvageTest, TheChallengesOfLostEnrollmentsAreWithdrawn) {
  const auto pages = pages_of(busy_image(), "enrollment", Pages::all);
  const auto report = salvage_image(without_pages(busy_image(), pages));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(of(*report, "enrollments").lost, std::uint64_t{kIssued});
  OpenStores stores(file("agent.db"));
  EXPECT_TRUE(stores.challenges.is_revoked("challenge-7").value());
}

TEST_F(SalvageTest, LostWithdrawalsStandByTheirIndex) {
  const auto pages = pages_of(busy_image(), "challenge_revocation", Pages::all);
  const auto report = salvage_image(without_pages(busy_image(), pages));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(of(*report, "withdrawn challenges").copied, std::uint64_t{kWithdrawn});
  OpenStores stores(file("agent.db"));
  EXPECT_TRUE(stores.challenges.is_revoked("key:withdrawn-7").value());
}

// The numbers of jobs that were purged are not known either.
TEST_F(SalvageTest, NumbersAreNeverGivenOutTwice) {
  const auto pages = pages_of(busy_image(), "meta", Pages::all);
  ASSERT_TRUE(salvage_image(without_pages(busy_image(), pages)).ok());
  OpenStores stores(file("agent.db"));
  ASSERT_TRUE(stores.jobs.insert({issue_job("new")}, at(9)).ok());
  EXPECT_GT(stores.jobs.find("new")->front().ticket.value, 1'000'000);
}

TEST_F(SalvageTest, AClaimWhoseOwnerIsLostIsTakenBack) {
  {
    OpenStores stores(file("agent.db"));
    ASSERT_TRUE(stores.jobs.insert({issue_job("a"), issue_job("b"), issue_job("c")}, at(0)).ok());
    ASSERT_THAT(stores.jobs.claim({kCa, 2, kOwner, at(1), at(900)}).value(), SizeIs(2));
  }
  std::string image = folder_.read("agent.db");
  for (const char* name : {"owner", "sqlite_autoindex_owner_1"}) {
    image = without_pages(image, pages_of(image, name, Pages::all));
  }
  ASSERT_TRUE(salvage_image(image).ok());
  OpenStores stores(file("agent.db"));
  EXPECT_EQ(stores.jobs.recover("life-2", at(2)).value(), 2U);
}

TEST_F(SalvageTest, ADamagedFirstPageCostsNothing) {
  for (const bool header_alone : {true, false}) {
    std::string image = busy_image();
    image.replace(0, header_alone ? 100 : 4096, header_alone ? 100 : 4096, 'x');
    const auto report = salvage_image(image);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_THAT(lossy(*report), IsEmpty());
    EXPECT_EQ(of(*report, "jobs").copied, std::uint64_t{kIssued + kWaiting});
    expect_good_file(file("agent.db"));
  }
}

TEST_F(SalvageTest, ATruncatedFileKeepsWhatItHas) {
  for (const std::size_t part : {2U, 3U, 10U}) {
    const auto report = salvage_image(busy_image().substr(0, busy_image().size() / part + 100));
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_FALSE(report->complete());
    expect_good_file(file("agent.db"));
  }
}

// A record has a checksum; SQLite itself does not see this damage.
TEST_F(SalvageTest, ARowWhoseRecordIsDamagedIsLost) {
  std::string image = busy_image();
  const std::size_t der = image.find(std::string(600, '\x11'));
  ASSERT_NE(der, std::string::npos);
  image[der] = 'x';
  const auto report = salvage_image(image);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(of(*report, "certificates").lost, 1U);
  EXPECT_EQ(of(*report, "jobs").lost, 1U);
  EXPECT_THAT(of(*report, "jobs").names, Contains(HasSubstr("job-")));
}

TEST_F(SalvageTest, FlippedOctetsLeadToAGoodFile) {
  for (std::size_t i = 0; i < busy_image().size(); i += 24007) {
    std::string image = busy_image();
    image[i] = static_cast<char>(image[i] ^ 0x5A);
    const auto report = salvage_image(image);
    ASSERT_TRUE(report.ok()) << i << ' ' << report.error().message();
    ASSERT_TRUE(AgentDatabase::check_file(file("agent.db")).ok()) << i;
    OpenStores stores(file("agent.db"));
    ASSERT_THAT(revoked(stores), SizeIs(AnyOf(kRevoked, kRevoked + 1))) << i;
  }
}

TEST_F(SalvageTest, TheLogIsPartOfTheFile) {
  {
    OpenStores stores(file("live.db"));
    ASSERT_TRUE(stores.jobs.insert({issue_job("in the log")}, at(0)).ok());
    std::filesystem::copy_file(file("live.db"), file("agent.db"));
    std::filesystem::copy_file(file("live.db-wal"), file("agent.db-wal"));
  }
  const auto report = run_salvage();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->complete());
  EXPECT_TRUE(is_there(std::filesystem::path(report->damaged[0]).filename().string() + "-wal"));
  OpenStores stores(file("agent.db"));
  EXPECT_THAT(stores.jobs.find("in the log").value(), SizeIs(1));
}

TEST_F(SalvageTest, NothingThatCanBeReadIsAnErrorAndChangesNothing) {
  options_.cas.push_back({kCa, {}, {1000, {{Bytes(16, 1), {at(5), {}, {}}}}}});
  for (const std::string& image : {std::string(40960, 'x'), std::string(100, 'x')}) {
    const auto report = salvage_image(image);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind(), ErrorKind::corrupt);
    EXPECT_THAT(report.error().message(), HasSubstr("Restore the last backup"));
    EXPECT_EQ(folder_.read("agent.db"), image);
    EXPECT_FALSE(is_there("agent.db.salvaged"));
    EXPECT_FALSE(is_there("agent.db.salvaged.new"));
  }
  std::filesystem::remove(file("agent.db"));
  EXPECT_EQ(run_salvage().error().code(), error_code(StoreErrc::not_found));
}

TEST_F(SalvageTest, AKillInTheMiddleLeavesWhatWasThere) {
  folder_.write("agent.db", busy_image());
  options_.report = [](const SalvageProgress&) -> Status {
    return Error(core::CoreErrc::bad_answer, ErrorKind::transient, "stopped");
  };
  ASSERT_FALSE(run_salvage().ok());
  EXPECT_EQ(folder_.read("agent.db"), busy_image());
  // As a kill before the new file was whole, and one after.
  folder_.write("agent.db.salvaged.new", "half");
  folder_.write("agent.db.salvaged", "of an earlier try");
  options_.report = [](const SalvageProgress&) { return Status(); };
  const auto report = run_salvage();
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->complete());
  expect_good_file(file("agent.db"));
}

TEST_F(SalvageTest, AKillDuringTheReplacementIsFinishedByTheNextSalvageOrStart) {
  for (const bool by_salvage : {true, false}) {
    ASSERT_TRUE(salvage_image(busy_image()).ok());
    // As it stood when everything had a second name: the log of the damaged file is there.
    std::filesystem::rename(file("agent.db"), file("agent.db.replacing"));
    folder_.write("agent.db", "damaged");
    folder_.write("agent.db-wal", "a log of the damaged file");
    if (by_salvage) {
      const auto report = run_salvage();
      ASSERT_TRUE(report.ok()) << report.error().message();
      EXPECT_THAT(report->notes, Contains(HasSubstr("has finished")));
      EXPECT_FALSE(is_there("agent.db-wal"));
    }
    { OpenStores stores(file("agent.db")); }
    EXPECT_FALSE(is_there("agent.db.replacing"));
    expect_good_file(file("agent.db"));
  }
}

TEST_F(SalvageTest, ANewerFileIsLeftToItsRelease) {
  std::string image = busy_image();
  image[63] = 99;  // user_version
  const auto report = salvage_image(image);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), error_code(StoreErrc::newer_schema));
  EXPECT_EQ(folder_.read("agent.db"), image);
}

}  // namespace
}  // namespace certconnector::store
