#include "common/crypto/name_matching.h"

#include <gtest/gtest.h>

namespace certconnector::crypto {
namespace {

bool match(std::string_view a, std::string_view b) {
  return same_name(parse_rfc4514(a).value(), parse_rfc4514(b).value());
}

TEST(NameMatching, CaseBlanksNormalFormAndSetsDoNotCount) {
  struct Row {
    const char* a;
    const char* b;
  };
  const Row rows[] = {
      {"CN=PC-1,O=E", "CN=pc-1,O=E"},
      {"CN=PC-1, O=Example", "cn=pc-1,o=EXAMPLE"},
      {"CN=a  b,O=E", "CN=\\ a b\\ ,O=E"},
      {"CN=M\xC3\xBCller", "CN=Mu\xCC\x88ller"},  // one character, and two
      {"CN=M\xC3\x9CLLER", "CN=mu\xCC\x88ller"},  // and in capitals
      {"CN=STRASSE",
       "CN=stra\xC3\x9F"
       "e"},                                                           // full case folding
      {"CN=\xCE\xA3\xCE\x91\xCE\xA3", "CN=\xCF\x83\xCE\xB1\xCF\x82"},  // a final sigma
      {"CN=\xE2\x84\xAB", "CN=\xC3\xA5"},                              // the angstrom sign
      {"CN=z+serialNumber=9,O=E", "serialNumber=9+CN=Z,O=E"},
      {"", ""},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(match(row.a, row.b)) << row.a << " and " << row.b;
    EXPECT_TRUE(match(row.b, row.a)) << row.a << " and " << row.b;
  }
}

TEST(NameMatching, OtherLettersTypesAndOrdersDiffer) {
  struct Row {
    const char* a;
    const char* b;
  };
  const Row rows[] = {
      {"CN=a", "CN=b"},
      {"CN=a", "OU=a"},
      {"CN=a,O=E", "O=E,CN=a"},
      {"CN=a,O=E", "CN=a"},
      {"CN=a+OU=b", "CN=a,OU=b"},
      {"CN=a b", "CN=ab"},
      {"CN=M\xC3\xBCller", "CN=Muller"},
      {"CN=admin",
       "CN=\xD0\xB0"
       "dmin"},  // a Cyrillic a
      {"CN=admin",
       "CN=\xEF\xBD\x81"
       "dmin"},                      // a full-width a: a compatibility form
      {"CN=x2", "CN=x\xC2\xB2"},     // a superscript: another one
      {"CN=a", "CN=a\xE2\x80\x8B"},  // a zero-width space
      {"CN=a b",
       "CN=a\xC2\xA0"
       "b"},  // a no-break space
  };
  for (const Row& row : rows) EXPECT_FALSE(match(row.a, row.b)) << row.a << " and " << row.b;
}

TEST(NameMatching, TheFormIsItsOwnForm) {
  for (const char* text :
       {"Stra\u00DFe", "\u1FB3\u0301", "\u0345\u0301 A", "\uFB01", "\uAC00", "  a  ", "\u0130"}) {
    const std::string form = matching_form(text);
    EXPECT_EQ(matching_form(form), form) << text;
  }
}

}  // namespace
}  // namespace certconnector::crypto
