// State that must outlive the process.
#include <sys/stat.h>

#include "tests/endpoint/endpoint_fixture.h"

namespace certconnector::endpoint::testing {
namespace {

class RestartTest : public EndpointTest {
 protected:
  // The port must stay for the agent's address to stay.
  void restart() {
    options().listen = url().substr(8);
    stop();
    start();
  }
};

TEST_F(RestartTest, JobsLeasesAgentsAndCaAreKept) {
  queue("j1");
  Agent agent = enroll();
  const json job = agent.lease(1).at(0);
  ASSERT_EQ(agent.acknowledge(job), "held");
  const std::string ca = ca_sha256();
  restart();
  EXPECT_EQ(ca_sha256(), ca);
  EXPECT_EQ(summary().at("leased"), 1);
  EXPECT_EQ(agent.extend(job, 300), "held");
  EXPECT_EQ(agent.report(failed_result(job)), "accepted");
  restart();
  EXPECT_EQ(summary().at("finished").at("failed"), 1);
  EXPECT_EQ(agent.report(failed_result(job)), "duplicate");
}

TEST_F(RestartTest, SecretsAreReadableByTheOwnerOnly) {
  for (const char* name : {"ca_key.pem", "admin_token", "admin.json", "endpoint.db"}) {
    struct stat found {};
    ASSERT_EQ(::stat((directory().file("state") + "/" + name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(RestartTest, AnOlderDatabaseIsBroughtForwardAndALaterOneIsRefused) {
  queue("j1");
  stop();
  const auto change = [this](const char* sql) {
    auto db = Database::open(directory().file("state/endpoint.db"), Durability::no_sync);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->execute(sql).ok());
  };
  change("DROP TABLE challenges; DROP TABLE enrollments; PRAGMA user_version = 1");
  start();
  EXPECT_EQ(summary().at("queued"), 1);
  EXPECT_TRUE(admin().get("/enrollments").ok());
  stop();
  change("PRAGMA user_version = 99");
  const auto endpoint = Endpoint::create(options(), clock());
  ASSERT_FALSE(endpoint.ok());
  EXPECT_NE(endpoint.error().message().find("99"), std::string::npos);
}

TEST_F(RestartTest, DamagedCaIsNotReplaced) {
  stop();
  directory().write("state/ca_key.pem", "rubbish");
  const auto endpoint = Endpoint::create(options(), clock());
  ASSERT_FALSE(endpoint.ok());
  EXPECT_EQ(endpoint.error().kind(), ErrorKind::corrupt);
  EXPECT_EQ(directory().read("state/ca_key.pem"), "rubbish");
}

}  // namespace
}  // namespace certconnector::endpoint::testing
