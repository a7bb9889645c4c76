#include "agent/platform/words.h"

#include <gtest/gtest.h>

namespace certconnector::platform {
namespace {

TEST(Words, NameTheWaysOfWindows) {
  const ServiceCommands service = service_commands();
  EXPECT_EQ(service.start, "sc start CertificateConnector");
  EXPECT_NE(service.restart.find("net stop CertificateConnector"), std::string::npos);
  EXPECT_NE(service.log.find("Certificate Connector\\logs\\certconnectord.log'"),
            std::string::npos);
  EXPECT_NE(how_to_be_let_in("certconnector").find("net localgroup \"certconnector\" USER /add"),
            std::string::npos);
}

}  // namespace
}  // namespace certconnector::platform
