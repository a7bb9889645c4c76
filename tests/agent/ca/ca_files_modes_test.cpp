#include <filesystem>

#include "agent/ca/local/ca_files.h"
#include "tests/agent/ca/local_ca_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::ca::testing {
namespace {

using certconnector::testing::Credential;
using certconnector::testing::make_self_signed;

certconnector::testing::CertificateSpec signing_ca(const std::string& subject) {
  certconnector::testing::CertificateSpec spec;
  spec.subject = subject;
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  return spec;
}

class CaFilesModes : public LocalCaFixture {};

TEST_F(CaFilesModes, AnOpenKeyFileIsRefused) {
  start();
  std::filesystem::permissions(settings_.key_file, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const auto opened = LocalCa::open(settings_, parts());
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message().find("chmod"), std::string::npos) << opened.error().message();
}

TEST_F(CaFilesModes, FilesThatOthersMayWriteAreRefused) {
  const Credential root = make_self_signed(signing_ca("CN=Root"));
  const Credential ca = certconnector::testing::issue(root, signing_ca("CN=Issuing"));
  const BroughtCa brought{
      ca.certificate.to_pem() + root.certificate.to_pem(), ca.key_pem(), {}, {}};
  ASSERT_TRUE(import_ca(settings_, brought, keys_, clock_).ok());
  const std::string folder = std::filesystem::path(settings_.certificate_file).parent_path();
  for (const std::string& path : {settings_.certificate_file, settings_.chain_file, folder}) {
    const auto before = std::filesystem::status(path).permissions();
    std::filesystem::permissions(path, std::filesystem::perms::group_write,
                                 std::filesystem::perm_options::add);
    const auto opened = LocalCa::open(settings_, parts());
    ASSERT_FALSE(opened.ok()) << path;
    EXPECT_NE(opened.error().message().find("run: chmod go-w " + path), std::string::npos)
        << opened.error().message();
    const auto problems = local_backend().unusable_files(section(), keys_);
    ASSERT_FALSE(problems.empty()) << path;
    EXPECT_NE(problems[0].message().find("run: chmod go-w " + path), std::string::npos);
    const bool of_import = path != settings_.chain_file;
    EXPECT_NE(of_import, import_ca(settings_, brought, keys_, clock_).ok()) << path;
    std::filesystem::permissions(path, before);
  }
  EXPECT_TRUE(LocalCa::open(settings_, parts()).ok());
}

}  // namespace
}  // namespace certconnector::ca::testing
