#include "common/crypto/issuable_name.h"

#include <gtest/gtest.h>

#include "common/crypto/der.h"
#include "common/crypto/name.h"
#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto {
namespace {

struct Attribute {
  const char* oid;
  std::uint8_t tag;
  std::string value;  // the octets
};
using Rdn = std::vector<Attribute>;

Bytes encoded_name(const std::vector<Rdn>& rdns) {
  return build_der([&](der::Writer& writer) {
    writer.nest(der::kSequence, [&] {
      for (const Rdn& rdn : rdns) {
        writer.nest(der::kSet, [&] {
          for (const Attribute& attribute : rdn) {
            writer.nest(der::kSequence, [&] {
              write_oid(writer, attribute.oid);
              writer.element(attribute.tag, attribute.value);
            });
          }
        });
      }
    });
  });
}

constexpr const char* kCn = "2.5.4.3";
constexpr const char* kO = "2.5.4.10";
constexpr const char* kC = "2.5.4.6";
constexpr const char* kSerial = "2.5.4.5";
constexpr const char* kEmail = "1.2.840.113549.1.9.1";
constexpr const char* kDc = "0.9.2342.19200300.100.1.25";
constexpr const char* kOther = "1.3.6.1.4.1.99999.1";

TEST(IssuableName, KeepsARightNameOctetForOctet) {
  const std::vector<Rdn> rdns{{{kC, der::kPrintableString, "DE"}},
                              {{kDc, der::kIa5String, "corp"}},
                              {{kO, der::kUtf8String,
                                "B\xC3\xBC"
                                "cher"}},
                              {{kSerial, der::kPrintableString, "4711"}},
                              {{kOther, der::kIa5String, "a@b"}},
                              {{"1.2.840.113549.1.9.2", der::kIa5String, "router.example"}},
                              {{kEmail, der::kIa5String, "a@b.example"}},
                              {{kCn, der::kPrintableString, "a"}, {kO, der::kUtf8String, "b"}}};
  const Bytes name = encoded_name(rdns);
  const auto issuable = issuable_name(name);
  ASSERT_TRUE(issuable.ok()) << issuable.error().message();
  EXPECT_EQ(*issuable, name);
  EXPECT_EQ(*issuable_name(encoded_name({})), encoded_name({}));
}

TEST(IssuableName, EncodesAnewWhatHasAWrongStringType) {
  struct Row {
    Attribute asked;
    Attribute issued;
  };
  const std::string utf16("\0d\0\xE9", 4);
  const std::string utf32("\0\0\0d\0\0\0\xE9", 8);
  const Row rows[] = {
      {{kCn, der::kPrintableString, "a_b"}, {kCn, der::kUtf8String, "a_b"}},
      {{kCn, der::kPrintableString, "u@example.com"}, {kCn, der::kUtf8String, "u@example.com"}},
      {{kCn, der::kPrintableString, "A0C1!9F"}, {kCn, der::kUtf8String, "A0C1!9F"}},
      {{kCn, der::kPrintableString, "*.a"}, {kCn, der::kUtf8String, "*.a"}},
      {{kCn, der::kUniversalString, utf32}, {kCn, der::kUtf8String, "d\xC3\xA9"}},
      {{kCn, der::kBmpString, utf16}, {kCn, der::kUtf8String, "d\xC3\xA9"}},
      {{kCn, der::kT61String, "d\xE9"}, {kCn, der::kUtf8String, "d\xC3\xA9"}},
      {{kCn, der::kIa5String, "a"}, {kCn, der::kUtf8String, "a"}},
      {{kCn, der::kNumericString, "a1"}, {kCn, der::kUtf8String, "a1"}},
      {{kOther, der::kVisibleString, "a"}, {kOther, der::kUtf8String, "a"}},
      {{kC, der::kUtf8String, "DE"}, {kC, der::kPrintableString, "DE"}},
      {{kSerial, der::kUtf8String, "4711"}, {kSerial, der::kPrintableString, "4711"}},
      {{kEmail, der::kUtf8String, "a@b"}, {kEmail, der::kIa5String, "a@b"}},
      {{kDc, der::kUtf8String, "corp"}, {kDc, der::kIa5String, "corp"}},
  };
  for (const Row& row : rows) {
    const Attribute first{kO, der::kPrintableString, "first"};
    const auto issuable = issuable_name(encoded_name({{first}, {row.asked}}));
    ASSERT_TRUE(issuable.ok()) << issuable.error().message();
    EXPECT_EQ(*issuable, encoded_name({{first}, {row.issued}})) << row.issued.value;
  }
}

TEST(IssuableName, SortsTheAttributesOfAnRdnAndNothingElse) {
  const Attribute cn{kCn, der::kUtf8String, "a"};
  const Attribute o{kO, der::kUtf8String, "b"};
  const auto issuable = issuable_name(encoded_name({{o, cn}, {o}, {cn}}));
  ASSERT_TRUE(issuable.ok());
  EXPECT_EQ(*issuable, encoded_name({{cn, o}, {o}, {cn}}));
}

TEST(IssuableName, RefusesWithFieldValueAndRule) {
  const auto utf8 = [](const char* oid, const std::string& value) {
    return Rdn{{oid, der::kUtf8String, value}};
  };
  struct Row {
    Rdn rdn;
    const char* says;
  };
  std::string marks = "a";
  for (int i = 0; i < 31; ++i) marks += "\u0301";
  const Row rows[] = {
      {utf8(kCn, ""), "CN \"\" has 0 characters; 1 to 64 are allowed (RFC 5280, ub-common-name)"},
      {utf8(kCn, std::string(40000, 'a')), "...\" has 40000 characters"},
      {utf8(kO, std::string(65, 'a')), "has 65 characters; 1 to 64 are allowed"},
      {utf8(kC, "DEU"), "C \"DEU\" has 3 characters; 2 are allowed"},
      {utf8(kC, "D_"), "a character that PrintableString lacks"},
      {utf8(kOther, ""), "has 0 characters; 1 to 32768 are allowed"},
      {utf8(kSerial, "a_b"), "serialNumber \"a_b\" holds a character"},
      {utf8(kEmail, "\xC3\xBC@b"), "a character that IA5String lacks"},
      {utf8(kDc,
            "b\xC3\xBC"
            "cher"),
       "IA5String lacks"},
      {utf8(kCn, "a\nb"), "CN \"a<U+000A>b\" holds the control character U+000A"},
      {utf8(kCn, "a\xC2\x9B"), "U+009B"},
      {utf8(kCn, "a\xE2\x80\xAEz"), "U+202E"},
      {utf8(kCn, "  "), "holds nothing that can be seen"},
      {utf8(kCn, "\u200B\u00A0"), "holds nothing that can be seen"},
      {utf8("1.3.6.1.5.5.7.9.1", "19700101000000Z"), "GeneralizedTime lacks"},
      {utf8("1.3.6.1.5.5.7.9.3", "male"), "has 4 characters; 1 are allowed (RFC 3739"},
      {utf8("1.3.6.1.5.5.7.9.4", "Germany"), "2 are allowed (RFC 3739"},
      {utf8(kCn, marks), "has more than 30 combining marks in a row (UAX #15"},
      {{{kCn, der::kUtf8String, "a"}, {kCn, der::kUtf8String, "b"}}, "beside another value"},
  };
  for (const Row& row : rows) {
    const auto issuable = issuable_name(encoded_name({row.rdn}));
    ASSERT_FALSE(issuable.ok()) << row.says;
    EXPECT_NE(issuable.error().message().find(row.says), std::string::npos)
        << issuable.error().message();
    EXPECT_LT(issuable.error().message().size(), 300U);
  }
  EXPECT_TRUE(issuable_name(encoded_name({utf8(kO, std::string(64, 'a'))})).ok());
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\xC3\xBC";
  EXPECT_TRUE(issuable_name(encoded_name({utf8(kCn, umlauts)})).ok()) << "characters, not octets";
}

TEST(IssuableName, RefusesTypesThatParsersDoNotRead) {
  for (const char* oid : {"1.3.6.1.4.1.2147483648", "2.25.3298007356985866292"}) {
    const auto issuable = issuable_name(encoded_name({{{oid, der::kUtf8String, "a"}}}));
    ASSERT_FALSE(issuable.ok()) << oid;
    EXPECT_NE(issuable.error().message().find(std::string("type ") + oid + " is an object"),
              std::string::npos)
        << issuable.error().message();
  }
  EXPECT_TRUE(
      issuable_name(encoded_name({{{"1.3.6.1.4.1.2147483647", der::kUtf8String, "a"}}})).ok());
}

TEST(IssuableName, IsBoundedAsAWholeInTheOctetsThatAreIssued) {
  constexpr const char* kGivenName = "2.5.4.42";
  const auto of_size = [&](std::uint8_t tag, std::size_t characters) {
    const std::string value(tag == der::kBmpString ? 2 * characters : characters, '\xE4');
    return issuable_name(encoded_name({{{kGivenName, tag, value}}}));
  };
  EXPECT_TRUE(of_size(der::kT61String, 2000).ok());
  const auto grown = of_size(der::kT61String, 3000);
  ASSERT_FALSE(grown.ok()) << "two octets for one in UTF-8";
  EXPECT_NE(grown.error().message().find("the distinguished name has 60"), std::string::npos)
      << grown.error().message();
  EXPECT_FALSE(of_size(der::kBmpString, 2000).ok()) << "three octets for two";
}

Bytes list_of(const std::function<void(der::Writer&)>& body) {
  return build_der(
      [&](der::Writer& writer) { writer.nest(der::kSequence, [&] { body(writer); }); });
}

Bytes upn_list(std::uint8_t tag, const std::string& value) {
  return list_of([&](der::Writer& writer) {
    writer.nest(der::context(0), [&] {
      write_oid(writer, "1.3.6.1.4.1.311.20.2.3");
      writer.nest(der::context(0), [&] { writer.element(tag, value); });
    });
  });
}

Bytes directory_list(const Bytes& name) {
  return list_of([&](der::Writer& writer) { writer.element(der::context(4), name); });
}

TEST(IssuableAlternativeNames, KeepsRightNamesOctetForOctet) {
  const auto names = encode_general_names({{GeneralNameKind::dns, "my_host.example"},
                                           {GeneralNameKind::dns, "*.example"},
                                           {GeneralNameKind::email, "a@b.example"},
                                           {GeneralNameKind::uri, "urn:a:b"},
                                           {GeneralNameKind::ip, "2001:db8::1"},
                                           {GeneralNameKind::upn, "a@b"},
                                           {GeneralNameKind::directory, "CN=a,O=b"}});
  const auto issuable = issuable_alternative_names(*names, {});
  ASSERT_TRUE(issuable.ok()) << issuable.error().message();
  EXPECT_EQ(issuable->der, *names);
  EXPECT_TRUE(issuable->as_they_are.empty());
}

TEST(IssuableAlternativeNames, EncodesAnewWhatItCanKeep) {
  for (const std::uint8_t tag : {der::kIa5String, der::kPrintableString, der::kVisibleString}) {
    const auto issuable = issuable_alternative_names(upn_list(tag, "a@b"), {});
    ASSERT_TRUE(issuable.ok()) << issuable.error().message();
    EXPECT_EQ(issuable->der, upn_list(der::kUtf8String, "a@b"));
  }
  const auto directory = issuable_alternative_names(
      directory_list(encoded_name({{{kCn, der::kT61String, "a_b"}}})), {});
  ASSERT_TRUE(directory.ok());
  EXPECT_EQ(directory->der, directory_list(encoded_name({{{kCn, der::kUtf8String, "a_b"}}})));
}

TEST(IssuableAlternativeNames, HaveTheLettersOfTheNamedOnesThatMeanTheSame) {
  const std::vector<GeneralName> named = {{GeneralNameKind::dns, "dev1.example"},
                                          {GeneralNameKind::email, "a@Corp.example"},
                                          {GeneralNameKind::upn, "m\u00FCller@corp"},
                                          {GeneralNameKind::directory, "CN=fish,O=E"},
                                          {GeneralNameKind::uri, "urn:a"}};
  const auto issuable = issuable_alternative_names(
      *encode_general_names({{GeneralNameKind::dns, "DEV1.Example"},
                             {GeneralNameKind::email, "a@corp.example"},
                             {GeneralNameKind::upn, "MU\u0308LLER@corp"},
                             {GeneralNameKind::directory, "CN=\uFB01sh,O=e"},
                             {GeneralNameKind::dns, "other.Example"},
                             {GeneralNameKind::dns, "dev1.EXAMPLE"}}),
      named);
  ASSERT_TRUE(issuable.ok()) << issuable.error().message();
  EXPECT_EQ(*parse_general_names(issuable->der),
            (std::vector<GeneralName>{
                named[0], named[1], named[2], named[3], {GeneralNameKind::dns, "other.Example"}}));
  const Bytes printable = directory_list(
      encoded_name({{{kO, der::kPrintableString, "E"}}, {{kCn, der::kUtf8String, "fish"}}}));
  EXPECT_EQ(issuable_alternative_names(printable, named)->der, printable)
      << "the same letters keep their encoding";
  EXPECT_FALSE(issuable_alternative_names(*encode_general_names({{GeneralNameKind::dns, "A..b"}}),
                                          {{GeneralNameKind::dns, "a..b"}})
                   .ok());
}

TEST(IssuableAlternativeNames, RefusesWithKindValueAndRule) {
  const auto one = [](GeneralNameKind kind, const char* value) {
    return *encode_general_names({{kind, value}});
  };
  std::string marks = "a";
  for (int i = 0; i < 31; ++i) marks += "\u0301";
  const std::string long_uri = "urn:a:" + std::string(8192, 'b');
  const std::pair<Bytes, const char*> rows[] = {
      {one(GeneralNameKind::dns, "a..b"), "dns \"a..b\" has an empty label (RFC 1034"},
      {one(GeneralNameKind::dns, "x,DNS:y"), "dns \"x,DNS:y\""},
      {one(GeneralNameKind::email, "alice"), "email \"alice\" has no @"},
      {one(GeneralNameKind::uri, "a/b"), "uri \"a/b\" is not an absolute URI"},
      {one(GeneralNameKind::uri, "http://a/b c"), "has the character blank"},
      {upn_list(der::kUtf8String, marks + "@b"), "has more than 30 combining marks in a row"},
      {upn_list(der::kUtf8String, "a\n@b"), "upn \"a<U+000A>@b\" holds the control character"},
      {one(GeneralNameKind::uri, long_uri.c_str()), "...\" is longer than 8192 octets"},
      {directory_list(encoded_name({})), "directory \"\" is an empty name"},
      {directory_list(encoded_name({{{kC, der::kUtf8String, "DEU"}}})),
       "C \"DEU\" has 3 characters"},
  };
  for (const auto& [names, says] : rows) {
    const auto issuable = issuable_alternative_names(names, {});
    ASSERT_FALSE(issuable.ok()) << says;
    EXPECT_NE(issuable.error().message().find(says), std::string::npos)
        << issuable.error().message();
  }
}

TEST(SubjectAddresses, BecomeAlternativeNames) {
  const Attribute cn{kCn, der::kUtf8String, "a"};
  const Bytes subject = encoded_name({{cn},
                                      {{kEmail, der::kIa5String, "a@b.example"}},
                                      {{kEmail, der::kIa5String, "not one"}},
                                      {{kO, der::kUtf8String, "o@b.example"}},
                                      {{kEmail, der::kIa5String, "c@b.example"}}});
  const auto all = [](const GeneralName&) { return true; };
  const auto none = [](const GeneralName&) { return false; };
  const GeneralName a{GeneralNameKind::email, "a@b.example"};
  const GeneralName c{GeneralNameKind::email, "c@b.example"};
  const GeneralName host{GeneralNameKind::dns, "h.example"};
  const Bytes before = *encode_general_names({host, c});
  EXPECT_EQ(*with_subject_addresses(subject, before, all), *encode_general_names({host, c, a}));
  EXPECT_EQ(*with_subject_addresses(subject, {}, all), *encode_general_names({a, c}));
  EXPECT_EQ(*with_subject_addresses(subject, before, none), before);
  EXPECT_TRUE(with_subject_addresses(encoded_name({{cn}}), {}, all)->empty());
  const Rdn address{{kEmail, der::kIa5String, "a@b.example"}};
  EXPECT_EQ(*with_subject_addresses(encoded_name({address, address}), {}, all),
            *encode_general_names({a}));
  // A certificate has at most 100 names.
  std::vector<GeneralName> many(99, host);
  const Bytes one = encoded_name({address});
  EXPECT_TRUE(with_subject_addresses(one, *encode_general_names(many), all).ok());
  many.push_back(host);
  EXPECT_FALSE(with_subject_addresses(one, *encode_general_names(many), all).ok());
}

TEST(IssuableAlternativeNames, LetsNamedUrisPass) {
  const GeneralName uri{GeneralNameKind::uri, "device://serial no 4711"};
  const Bytes names = *encode_general_names({uri});
  EXPECT_FALSE(issuable_alternative_names(names, {{GeneralNameKind::uri, "device://x"}}).ok());
  const auto issuable = issuable_alternative_names(names, {uri});
  ASSERT_TRUE(issuable.ok()) << issuable.error().message();
  EXPECT_EQ(issuable->der, names);
  EXPECT_EQ(issuable->as_they_are, std::vector<std::string>{uri.value});
  const GeneralName dns{GeneralNameKind::dns, "a..b"};
  EXPECT_FALSE(issuable_alternative_names(*encode_general_names({dns}), {dns}).ok());
}

}  // namespace
}  // namespace certconnector::crypto
