#include "agent/app/ca_sections.h"

#include <gtest/gtest.h>

namespace certconnector::app {
namespace {

// A device of one CA could pass for the RA at another where a reader looks at the name alone.
TEST(CaSections, EachCaKnowsTheRasOfAllServices) {
  config::Settings settings;
  for (const char* name : {"one", "two"}) {
    config::CaSettings& ca = settings.cas.emplace_back();
    ca.name = name;
    config::ScepSettings& scep = settings.scep.emplace_back();
    scep.name = name;
    scep.ca = name;
    scep.path = std::string("/") + name;
    scep.ra_subject = std::string("CN=RA ") + name;
  }
  config::ScepSettings& of_an_ndes = settings.scep.emplace_back();
  of_an_ndes.ca = "one";
  of_an_ndes.path.clear();
  const std::vector<std::string> all{"CN=RA one", "CN=RA two"};
  for (const config::CaSettings& ca : settings.cas) {
    const ca::CaSection section = ca_section(ca, settings);
    EXPECT_EQ(section.ra_names, all) << ca.name;
    EXPECT_EQ(section.templates.size(), ca.name == "one" ? 2U : 1U)
        << "for the RAs that it issues to";
  }
}

}  // namespace
}  // namespace certconnector::app
