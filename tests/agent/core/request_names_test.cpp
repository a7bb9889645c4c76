// How the alternative names of a request compare with those that its job expects.
#include <gtest/gtest.h>

#include "agent/core/request_check.h"
#include "tests/agent/ca/request_builder.h"

namespace certconnector::core {
namespace {

using crypto::GeneralName;
using crypto::GeneralNameKind;
using Names = std::vector<GeneralName>;

std::optional<Failed> compare(const Names& asked, const Names& expected, bool fewer) {
  ca::testing::RequestSpec spec;
  spec.names = asked;
  IssueRequest issue;
  issue.expected.subject_alt_names = expected;
  issue.expected.fewer_names = fewer;
  return compare_request(issue, ca::testing::make_request(spec));
}

// The failure's code, or nothing.
std::string code_for(const Names& asked, const Names& expected, bool fewer = false) {
  const auto failed = compare(asked, expected, fewer);
  return failed ? failed->code : "";
}

TEST(RequestNames, CompareByMeaning) {
  struct Case {
    GeneralName asked;
    GeneralName expected;
    const char* code;
  };
  constexpr const char* kDiffers = "subject_alt_name_mismatch";
  const Case cases[] = {
      {{GeneralNameKind::upn, "M\xC3\xBCller@example"},
       {GeneralNameKind::upn, "mu\xCC\x88ller@EXAMPLE"},
       ""},
      {{GeneralNameKind::upn, "stra\u00DFe@example"},
       {GeneralNameKind::upn, "strasse@example"},
       kDiffers},
      {{GeneralNameKind::email, "Alice@example.org"},
       {GeneralNameKind::email, "Alice@EXAMPLE.org"},
       ""},
      {{GeneralNameKind::email, "alice@example.org"},
       {GeneralNameKind::email, "Alice@example.org"},
       kDiffers},
      {{GeneralNameKind::directory, "CN=dev1,O=Test"},
       {GeneralNameKind::directory, "CN=DEV1, O=test"},
       ""},
      {{GeneralNameKind::ip, "2001:db8::1"}, {GeneralNameKind::ip, "2001:0DB8:0:0:0:0:0:1"}, ""},
      {{GeneralNameKind::uri, "urn:a"}, {GeneralNameKind::uri, "urn:A"}, kDiffers},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(code_for({c.asked}, {c.expected}), c.code) << crypto::to_text(c.expected);
  }
}

TEST(RequestNames, AMessageOfADifferenceIsASentence) {
  const GeneralName one{GeneralNameKind::dns, "dev1.example"};
  const GeneralName two{GeneralNameKind::dns, "dev2.example"};
  const auto failed = compare({two}, {one}, false);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message,
            "The request's subject alternative names are not as expected: "
            "\"dns:dev1.example\" was expected, \"dns:dev2.example\" was found.");
}

TEST(RequestNames, FewerAreGoodWhereTheJobSaysSo) {
  const GeneralName one{GeneralNameKind::dns, "dev1.example"};
  const GeneralName two{GeneralNameKind::dns, "dev2.example"};
  EXPECT_EQ(code_for({two, one}, {one, two}, true), "");
  EXPECT_EQ(code_for({two}, {one, two}, true), "");
  EXPECT_EQ(code_for({}, {one, two}, true), "");
  EXPECT_EQ(code_for({two}, {one, two}), "subject_alt_name_mismatch");
  EXPECT_EQ(code_for({two}, {one}, true), "subject_alt_name_mismatch");
}

}  // namespace
}  // namespace certconnector::core
