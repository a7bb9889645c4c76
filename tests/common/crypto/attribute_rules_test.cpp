#include "common/crypto/attribute_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

using Syntax = AttributeSyntax;

// RFC 5280 appendix A, RFC 4519, RFC 4524, RFC 2985 and X.520.
TEST(AttributeRules, AreThoseOfTheStandards) {
  struct Row {
    const char* oid;
    Syntax syntax;
    std::size_t least;
    std::size_t most;
  };
  constexpr std::size_t kLong = 32768;
  const Row rows[] = {
      {"2.5.4.3", Syntax::directory_string, 1, 64},
      {"2.5.4.4", Syntax::directory_string, 1, kLong},
      {"2.5.4.5", Syntax::printable_string, 1, 64},
      {"2.5.4.6", Syntax::printable_string, 2, 2},
      {"2.5.4.7", Syntax::directory_string, 1, 128},
      {"2.5.4.8", Syntax::directory_string, 1, 128},
      {"2.5.4.9", Syntax::directory_string, 1, 128},
      {"2.5.4.10", Syntax::directory_string, 1, 64},
      {"2.5.4.11", Syntax::directory_string, 1, 64},
      {"2.5.4.12", Syntax::directory_string, 1, 64},
      {"2.5.4.13", Syntax::directory_string, 1, 1024},
      {"2.5.4.15", Syntax::directory_string, 1, 128},
      {"2.5.4.17", Syntax::directory_string, 1, 40},
      {"2.5.4.18", Syntax::directory_string, 1, 40},
      {"2.5.4.20", Syntax::printable_string, 1, 32},
      {"2.5.4.41", Syntax::directory_string, 1, kLong},
      {"2.5.4.42", Syntax::directory_string, 1, kLong},
      {"2.5.4.43", Syntax::directory_string, 1, kLong},
      {"2.5.4.44", Syntax::directory_string, 1, kLong},
      {"2.5.4.46", Syntax::printable_string, 1, kLong},
      {"2.5.4.65", Syntax::directory_string, 1, 128},
      {"2.5.4.97", Syntax::directory_string, 1, kLong},
      {"1.2.840.113549.1.9.1", Syntax::ia5_string, 1, 255},
      {"1.2.840.113549.1.9.2", Syntax::any_string, 1, 255},
      {"1.2.840.113549.1.9.8", Syntax::directory_string, 1, 255},
      {"0.9.2342.19200300.100.1.25", Syntax::ia5_string, 1, 63},
      {"0.9.2342.19200300.100.1.1", Syntax::directory_string, 1, 256},
      {"1.2.3.4", Syntax::any_string, 1, kLong},
  };
  for (const Row& row : rows) {
    const AttributeRule& rule = attribute_rule(row.oid);
    EXPECT_EQ(rule.syntax, row.syntax) << row.oid;
    EXPECT_EQ(rule.least, row.least) << row.oid;
    EXPECT_EQ(rule.most, row.most) << row.oid;
    EXPECT_FALSE(rule.source.empty()) << row.oid;
    EXPECT_EQ(rule.oid.empty(), std::string(row.oid) == "1.2.3.4") << row.oid;
  }
}

}  // namespace
}  // namespace certconnector::crypto
