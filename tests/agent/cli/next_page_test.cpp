#include "agent/cli/next_page.h"

#include <gtest/gtest.h>

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <cstdint>
#include <vector>

namespace certconnector::cli {
namespace {

namespace po = boost::program_options;

po::variables_map given(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("subject", po::value<std::string>())("ca", po::value<std::string>())(
      "limit", po::value<std::uint64_t>()->default_value(50));
  po::variables_map values;
  po::store(po::command_line_parser(arguments).options(options).run(), values);
  return values;
}

TEST(NextPage, RepeatsWhatWasGivenAndNothingElse) {
  EXPECT_EQ(next_page_command("certs list", given({}), {"subject", "ca"}, "17"),
            "certconnector certs list --after 17");
  EXPECT_EQ(next_page_command("certs list", given({"--ca", "Issuing", "--limit", "50"}),
                              {"subject", "ca"}, "17"),
            "certconnector certs list --ca Issuing --limit 50 --after 17");
}

TEST(NextPage, AWordStaysOneWordInAShell) {
  EXPECT_EQ(next_page_command("certs list", given({"--subject", "CN=a b"}), {"subject"}, "1 2"),
            "certconnector certs list --subject 'CN=a b' --after '1 2'");
}

}  // namespace
}  // namespace certconnector::cli
