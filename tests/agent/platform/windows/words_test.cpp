#include "agent/platform/words.h"

#include <gtest/gtest.h>

namespace certconnector::platform {
namespace {

TEST(Words, NameTheWaysOfWindows) {
  const ServiceCommands& service = service_commands();
  EXPECT_EQ(service.start, "sc start CertificateConnector");
  EXPECT_NE(service.restart.find("net stop CertificateConnector"), std::string::npos);
  EXPECT_NE(service.log.find("Certificate Connector\\logs\\certconnectord.log'"),
            std::string::npos);
  EXPECT_EQ(service.agent_as_its_user + " --salvage", "certconnectord --salvage");
  for (const std::string& words : {service.stop, service.restart, service.log, service.whole_log,
                                   service.cli_as_user, std::string(how_to_open_low_ports())}) {
    EXPECT_EQ(words.find("ctl "), std::string::npos) << words;
    EXPECT_EQ(words.find("runuser"), std::string::npos) << words;
  }
  EXPECT_NE(how_to_be_let_in("certconnector").find("net localgroup \"certconnector\" USER /add"),
            std::string::npos);
}

}  // namespace
}  // namespace certconnector::platform
