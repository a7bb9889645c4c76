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
  for (const char* text : {"Stra\u00DFe", "\u1FB3\u0301", "\u0345\u0301 A", "\uFB01", "\uAC00",
                           "  a  ", "\u0130", "\u0131\u0307", "\u00A8\u034F", "a\u00AD\u0301"}) {
    const std::string form = matching_form(text);
    EXPECT_EQ(matching_form(form), form) << text;
    const std::string widest = widest_form(text);
    EXPECT_EQ(widest_form(widest), widest) << text;
  }
}

// Such text takes a short way, beside the library.
TEST(NameMatching, AsciiHasTheWidestFormThatTheLibraryGivesIt) {
  for (char c = '!'; c <= '~'; ++c) {
    const std::string ascii = std::string("a") + c + "b";
    EXPECT_EQ(widest_form(ascii + "\u00E9"), widest_form(ascii) + "\u00E9") << c;
  }
}

TEST(NameMatching, TheWidestFormHasNeitherOtherLettersNorWhatNobodySees) {
  for (const char* text :
       {"TEST issuing  ca",      "Test\u00A0Issuing CA",  "Test\u3000Issuing\u2003CA",
        "Test\u1680Issuing CA",  "\uFF34est Issuing CA",  "Test I\u017Fsuing CA",
        "Test Issu\u0131ng CA",  "Test I\u00DFuing CA",   "\u24C9est Issuing \u2102A",
        "Test\tIssuing CA",      "T\u200Best Issuing CA", "Te\u00ADst Issuing CA",
        "\u200ETest Issuing CA", "Test\u2060 Issuing CA", "\uFEFFTest Issuing CA",
        "Test\u034F Issuing CA", "Test\uFE0F Issuing CA", "Test\U000E0041 Issuing CA",
        "Test\u3164 Issuing CA", "Test\u202E Issuing CA", "Test\x01 Issuing CA"}) {
    EXPECT_EQ(widest_form(text), "test issuing ca") << text;
  }
  EXPECT_EQ(widest_form("a\u2010b\u2212c"), "a-b-c");
  EXPECT_EQ(widest_form("\u0131\u0301"), widest_form("\u00CD"));
  EXPECT_NE(widest_form("T\u0435st Issuing CA"), "test issuing ca") << "a Cyrillic letter";
  const auto name = [](std::string_view text) { return widest_form(parse_rfc4514(text).value()); };
  EXPECT_EQ(name("CN=a\u00AD+O=B"), name("O=b+CN=\uFF21"));
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Putting them in order takes the square of their number: 30,000 take seconds.
TEST(NameMatching, LongRowsOfCombiningMarksMatchOnlyThemselves) {
  const std::string kRows[] = {
      "a" + repeated("\u0301", 31),
      "a" + repeated("\u0301", 14200) + repeated("\u0323", 14200),
      "a" + repeated("\u0344", 16),              // two marks in one
      "a" + repeated("\u0F73", 16),              // two marks, and no mark itself
      "a" + repeated("\uFF9E", 31),              // a mark in its compatibility form
      "a" + repeated("\u0301\u034F", 31),        // characters that the widest form leaves out
      "a" + repeated("\u0301\u200B\u00AD", 31),  //
      "a" + repeated("\u0301\x01", 31),
  };
  for (const std::string& row : kRows) {
    ASSERT_TRUE(broken_matching_rule(row)) << row.substr(0, 20);
    EXPECT_EQ(matching_form(row), row);
    EXPECT_EQ(widest_form(row), row);
    const GeneralName upn{GeneralNameKind::upn, "A" + row};
    EXPECT_EQ(matching_form(upn), upn);
  }
  EXPECT_EQ(broken_matching_rule(kRows[0]),
            "has more than 30 combining marks in a row (UAX #15, section 13.1)");
  for (const std::string& text :
       {repeated("a" + repeated("\u0301", 30), 1000), std::string(40000, 'a'),
        repeated("\uFDFA", 20000), repeated("\u1100\u1161\u11A8", 1000), std::string()}) {
    EXPECT_EQ(broken_matching_rule(text), std::nullopt) << text.substr(0, 20);
  }
  EXPECT_NE(broken_matching_rule(repeated("\u00E4", 32769)), std::nullopt);
}

TEST(NameMatching, AnAccountIsNeverOneOfOtherLetters) {
  const auto same = [](const char* a, const char* b) {
    return matching_form(GeneralName{GeneralNameKind::upn, a}) ==
           matching_form(GeneralName{GeneralNameKind::upn, b});
  };
  EXPECT_TRUE(same("M\u00FCller@Corp", "MU\u0308LLER@corp"));
  EXPECT_TRUE(same("\u0416@a", "\u0436@A"));
  EXPECT_FALSE(same("strasse@a", "stra\u00DFe@a"));
  EXPECT_FALSE(same("st@a", "\uFB06@a"));
  EXPECT_FALSE(same("s@a", "\u017F@a"));
  EXPECT_FALSE(same("i@a", "\u0130@a"));
  EXPECT_FALSE(same("i@a", "\u0131@a"));
}

}  // namespace
}  // namespace certconnector::crypto
