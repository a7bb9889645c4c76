// `ca import` and what a folder can have beside files.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/agent/cli/cli_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;

class CaImportOfLinks : public CliTest {};

TEST_F(CaImportOfLinks, FollowsThemAndLeavesOutWhatIsNoFile) {
  start_agent();
  const std::string certificate =
      "-----BEGIN CERTIFICATE-----\nMAMC\nAQc=\n-----END CERTIFICATE-----\n";
  const std::filesystem::path folder = folder_.path() / "issued";
  folder_.write("issued/a.pem", certificate);
  folder_.write("elsewhere.pem", certificate);
  std::filesystem::create_symlink(folder_.file("elsewhere.pem"), folder / "link.pem");
  std::filesystem::create_symlink(folder_.file("missing"), folder / "broken.pem");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const std::string pem = folder_.write("ca.pem", "PEM");
  EXPECT_EQ(run({"ca", "import", "default", "--certificate", pem, "--key", pem, "--no-revocations",
                 "--issued", folder.string()}),
            0)
      << err_;
  ASSERT_EQ(agent_.earlier.size(), 1U);
  EXPECT_EQ(agent_.earlier[0].certificates.size(), 2U);
  EXPECT_THAT(out_, HasSubstr("2 files hold no certificate"));
}

}  // namespace
}  // namespace certconnector::testing
