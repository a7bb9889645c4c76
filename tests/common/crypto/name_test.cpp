#include "common/crypto/name.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"
#include "common/text/hex.h"

namespace certconnector::crypto {
namespace {

using NamePtr = std::unique_ptr<X509_NAME, OpensslDeleter<X509_NAME_free>>;

TEST(Rfc4514, ReadsWhatPeopleWrite) {
  const std::pair<std::string_view, DistinguishedName> rows[] = {
      {"", {}},
      {"CN=dev1,O=Test", {{{"2.5.4.10", "Test"}}, {{"2.5.4.3", "dev1"}}}},
      {"cn = dev1 , o = Test ", {{{"2.5.4.10", "Test"}}, {{"2.5.4.3", "dev1"}}}},
      {"CN=a+OU=b,C=DE", {{{"2.5.4.6", "DE"}}, {{"2.5.4.3", "a"}, {"2.5.4.11", "b"}}}},
      {"CN=a\\, b", {{{"2.5.4.3", "a, b"}}}},
      {"CN=a=b", {{{"2.5.4.3", "a=b"}}}},
      {"CN=\\ a\\ ", {{{"2.5.4.3", " a "}}}},
      {"CN=\\#a", {{{"2.5.4.3", "#a"}}}},
      {"CN=\\C3\\A9", {{{"2.5.4.3", "\xC3\xA9"}}}},
      {"CN=\xC3\xA9", {{{"2.5.4.3", "\xC3\xA9"}}}},
      {"CN=\\0A", {{{"2.5.4.3", "\n"}}}},
      {"2.5.4.3=x", {{{"2.5.4.3", "x"}}}},
      {"1.2.3.4=#0c0178", {{{"1.2.3.4", "x"}}}},
      {"CN=", {{{"2.5.4.3", ""}}}},
      {"E=a@b,emailAddress=c@d",
       {{{"1.2.840.113549.1.9.1", "c@d"}}, {{"1.2.840.113549.1.9.1", "a@b"}}}},
      {"serialNumber=1,SN=x", {{{"2.5.4.4", "x"}}, {{"2.5.4.5", "1"}}}},
  };
  for (const auto& [text, name] : rows) {
    const auto parsed = parse_rfc4514(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().message();
    EXPECT_EQ(*parsed, name) << text;
  }
}

// A router's whole name, and what else RFC 4519, PKCS#9 and X.520 name.
TEST(Rfc4514, NamesTheAttributesOfRoutersAndOthers) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"serialNumber=FTX1+unstructuredName=r1.example", "2.5.4.5"},
      {"unstructuredName=r1.example", "1.2.840.113549.1.9.2"},
      {"unstructuredAddress=192.0.2.1,unstructuredName=r1", "1.2.840.113549.1.9.8"},
      {"telephoneNumber=1", "2.5.4.20"},
      {"organizationIdentifier=VATDE-1", "2.5.4.97"},
      {"houseIdentifier=7", "2.5.4.51"},
      {"pseudonym=x", "2.5.4.65"},
      {"mail=a", "0.9.2342.19200300.100.1.3"},
  };
  for (const auto& [text, oid] : rows) {
    const auto parsed = parse_rfc4514(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->back().front().oid, oid) << text;
    EXPECT_EQ(to_rfc4514(*parsed), text);
    EXPECT_EQ(to_rfc4514(parse_name(encode_name(*parsed)).value()), text);
  }
  EXPECT_EQ(to_rfc4514(parse_rfc4514("1.2.840.113549.1.9.2=#16027231").value()),
            "unstructuredName=r1")
      << "as texts of before have it";
  EXPECT_EQ(to_rfc4514(parse_rfc4514("commonName=a,organizationName=b,countryName=DE").value()),
            "CN=a,O=b,C=DE");
}

TEST(Rfc4514, RefusesTheRest) {
  for (const std::string_view text :
       {"CN",           "=x",       "CN=a,",   ",CN=a",  "CN=a,,O=b", "CN=a+",    "nonsense=a",
        "CN=a;O=b",     "CN=\"a\"", "CN=a<b",  "CN=a>b", "CN=a\\",    "CN=a\\x",  "CN=a\\4",
        "CN=a\\zz",     "CN=\\00",  "CN=\\FF", "CN=#",   "CN=#zz",    "CN=#0500", "CN=#0c01",
        "CN=#0c017800", "1.2.=a",   "3.1=a",   "CN=\xFF"}) {
    const auto parsed = parse_rfc4514(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::malformed).name);
  }
  EXPECT_FALSE(parse_rfc4514("CN=" + std::string(20000, 'a')).ok());
}

TEST(Rfc4514, WhatItWritesItReadsBack) {
  const DistinguishedName names[] = {
      {{{"2.5.4.6", "DE"}}, {{"2.5.4.10", " Test, \"Ltd\"; <x> "}}, {{"2.5.4.3", "#1\\2+3=4"}}},
      {{{"2.5.4.3", "a"}, {"2.5.4.11", "b"}}},
      {{{"1.3.6.1.4.1.311.60.2.1.3", "DE"}}},
      {{{"2.5.4.3", "line\nbreak\x7F"}}},
      {{{"2.5.4.3", ""}}},
      {{{"2.5.4.3", " "}}},
      {},
  };
  for (const DistinguishedName& name : names) {
    const std::string text = to_rfc4514(name);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto parsed = parse_rfc4514(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, name) << text;
    EXPECT_EQ(parse_name(encode_name(name)).value(), name) << text;
  }
}

TEST(Rfc4514, WritesAsOpensslDoes) {
  for (const std::string_view text : {"CN=dev1,OU=a\\+b,O=Test\\, Inc,L=x,ST=y,C=DE",
                                      "DC=example,DC=com", "CN=\\#x,UID=u", "CN=\\ a\\ "}) {
    const Bytes der = encode_name(parse_rfc4514(text).value());
    const unsigned char* at = der.data();
    const NamePtr name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
    ASSERT_NE(name, nullptr) << text;
    const BioPtr bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name.get(), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* printed = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &printed);
    EXPECT_EQ(std::string(printed, static_cast<std::size_t>(size)), text);
    EXPECT_EQ(to_rfc4514(parse_name(der).value()), text);
  }
}

TEST(Name, EncodesTheStringTypesOfEachAttribute) {
  const auto tag_of = [](std::string_view text) {
    const Bytes der = encode_name(parse_rfc4514(text).value());
    der::Reader attribute =
        *der::Reader(*der::read_only(der, der::kSequence)).enter(der::kSet)->enter(der::kSequence);
    (void)attribute.read_oid();
    return attribute.read_any()->tag;
  };
  EXPECT_EQ(tag_of("CN=x"), der::kUtf8String);
  EXPECT_EQ(tag_of("C=DE"), der::kPrintableString);
  EXPECT_EQ(tag_of("serialNumber=1"), der::kPrintableString);
  EXPECT_EQ(tag_of("serialNumber=a_b"), der::kUtf8String);
  EXPECT_EQ(tag_of("E=a@b"), der::kIa5String);
  EXPECT_EQ(tag_of("DC=com"), der::kIa5String);
  EXPECT_EQ(tag_of("DC=\xC3\xA9"), der::kUtf8String);
}

TEST(Name, SortsTheAttributesOfOneSet) {
  EXPECT_EQ(encode_name(parse_rfc4514("CN=a+OU=b").value()),
            encode_name(parse_rfc4514("OU=b+CN=a").value()));
}

TEST(Name, RefusesDerThatIsNotOne) {
  const std::pair<std::string_view, std::string_view> refused[] = {
      {"nothing", ""},
      {"a SET", "3100"},
      {"trailing octets", "300000"},
      {"an RDN that is a SEQUENCE", "300c300a300806035504030c0161"},
      {"an empty RDN", "30023100"},
      {"an attribute without value",
       "300931073005060355040"
       "3"},
      {"an attribute with two values", "300f310d300b06035504030c01610c0162"},
      {"a value that is not a string", "300c310a30080603550403020161"},
      {"a bad OID",
       "300b3109300706025580"
       "0c0161"},
      {"indefinite length", "3080310a300806035504030c01610000"},
  };
  for (const auto& [what, hex] : refused) {
    const auto parsed = parse_name(text::from_hex(hex).value());
    ASSERT_FALSE(parsed.ok()) << what;
    EXPECT_EQ(parsed.error().code().name, error_code(CryptoErrc::malformed).name) << what;
  }
}

TEST(Name, LimitsItsParts) {
  DistinguishedName name(100, {{"2.5.4.3", "x"}});
  EXPECT_TRUE(parse_name(encode_name(name)).ok());
  name.push_back({{"2.5.4.3", "x"}});
  EXPECT_FALSE(parse_name(encode_name(name)).ok());
  const DistinguishedName wide{RelativeName(17, {"2.5.4.3", "x"})};
  EXPECT_FALSE(parse_name(encode_name(wide)).ok());
}

}  // namespace
}  // namespace certconnector::crypto
