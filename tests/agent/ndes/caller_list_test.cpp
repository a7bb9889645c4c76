#include "agent/ndes/caller_list.h"

#include <gtest/gtest.h>

#include "common/text/hex.h"
#include "tests/support/test_pki.h"

namespace certconnector::ndes {
namespace {

using certconnector::testing::make_self_signed;

const crypto::Certificate& ndes_certificate() {
  static const auto made =
      make_self_signed({"CN=ndes", false, -1, "", "clientAuth", "DNS:NDES.example,IP:127.0.0.1"});
  return made.certificate;
}

bool allowed(const std::string& entry) {
  return CallerList::make({entry}).value().allows(ndes_certificate().der());
}

TEST(CallerList, AllowsByWholeNameOrThumbprintAlone) {
  const std::string thumbprint =
      text::to_hex(crypto::view(crypto::sha256(ndes_certificate().der())));
  EXPECT_TRUE(allowed("dns:ndes.example"));
  EXPECT_TRUE(allowed("dns:NDES.Example"));
  EXPECT_TRUE(allowed("sha256:" + thumbprint));
  EXPECT_FALSE(allowed("dns:example"));
  EXPECT_FALSE(allowed("dns:*.example"));
  EXPECT_FALSE(allowed("dns:127.0.0.1"));
  EXPECT_FALSE(allowed("dns:ndes")) << "the subject's common name does not count";
  EXPECT_FALSE(allowed("sha256:" + std::string(64, '0')));
  EXPECT_FALSE(CallerList().allows(ndes_certificate().der()));
  EXPECT_FALSE(CallerList::make({"dns:ndes.example"}).value().allows(Bytes{0x30, 0x00}));
}

TEST(CallerList, DeniesEntriesThatNameNobody) {
  for (const char* entry : {"", "dns:", "ndes.example", "sha256:", "sha256:abcd", "sha256:zz"}) {
    EXPECT_FALSE(CallerList::make({entry}).ok()) << entry;
  }
}

}  // namespace
}  // namespace certconnector::ndes
