#include "common/crypto/crl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/crl_addresses.h"
#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "tests/support/test_crl.h"

namespace certconnector::crypto {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeClock;
using certconnector::testing::make_crl;
using certconnector::testing::make_self_signed;
using certconnector::testing::test_extension;
using certconnector::testing::TestCrl;
using certconnector::testing::with_bent_signature;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Credential& ca() {
  static const Credential made = [] {
    CertificateSpec spec;
    spec.subject = "CN=Old CA";
    spec.ca = true;
    return make_self_signed(spec);
  }();
  return made;
}

std::vector<CrlEntry> entries_of(const Crl& crl) {
  std::vector<CrlEntry> entries;
  const Status read = for_each_entry(crl, [&](const CrlEntry& entry) {
    entries.push_back(entry);
    return Status();
  });
  EXPECT_TRUE(read.ok()) << read.error().message();
  return entries;
}

Bytes flag(unsigned number, std::uint8_t value) {
  return {der::kSequence, 3, der::context_primitive(number), 1, value};
}

TEST(CrlTest, ReadsWhatOtherCasWrite) {
  TestCrl wanted;
  const Bytes dated = test_extension(
      "2.5.29.24", false,
      Bytes{0x18, 15, '2', '0', '2', '6', '0', '1', '0', '2', '0', '3', '0', '4', '0', '5', 'Z'});
  wanted.entries = {{{0x0A, 0x51}, FakeClock::kStart, 1, dated}, {{0, 0xFF}}, {{1}, {}, 8}};
  const Bytes der = make_crl(ca(), wanted);
  const auto crl = parse_crl(der);
  ASSERT_TRUE(crl.ok()) << crl.error().message();
  EXPECT_TRUE(verify_crl(*crl, ca().certificate).ok());
  EXPECT_EQ(crl->number->to_bytes(), Bytes{23});
  EXPECT_EQ(crl->this_update, wanted.this_update);
  EXPECT_EQ(crl->next_update, wanted.next_update);
  EXPECT_FALSE(crl->scope);
  const auto entries = entries_of(*crl);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].serial->to_bytes(), (Bytes{0x0A, 0x51}));
  EXPECT_EQ(entries[0].at, FakeClock::kStart);
  EXPECT_EQ(entries[0].reason, 1U);
  EXPECT_TRUE(entries[0].invalidity_date);
  EXPECT_EQ(entries[1].serial->to_bytes(), Bytes{0xFF});
  EXPECT_EQ(entries[1].reason, 0U);
  EXPECT_EQ(entries[2].reason, 8U);
}

TEST(CrlTest, ReadsVersion1AndAnEmptyOne) {
  TestCrl wanted;
  wanted.version_1 = true;
  wanted.entries = {{{7}}};
  const Bytes first = make_crl(ca(), wanted);
  const auto crl = parse_crl(first);
  ASSERT_TRUE(crl.ok()) << crl.error().message();
  EXPECT_FALSE(crl->number);
  EXPECT_EQ(entries_of(*crl).size(), 1U);
  wanted.entries.clear();
  wanted.next_update.reset();
  const Bytes second = make_crl(ca(), wanted);
  const auto empty = parse_crl(second);
  ASSERT_TRUE(empty.ok()) << empty.error().message();
  EXPECT_FALSE(empty->next_update);
  EXPECT_THAT(entries_of(*empty), IsEmpty());
}

TEST(CrlTest, ANegativeSerialNumberIsNoneAndZeroIsEmpty) {
  TestCrl wanted;
  wanted.entries = {{{0}}, {{0xFF}}, {{0x80, 0}}, {{0x7F}}};
  const Bytes der = make_crl(ca(), wanted);
  const auto crl = parse_crl(der);
  ASSERT_TRUE(crl.ok());
  std::vector<std::optional<Bytes>> serials;
  for (const CrlEntry& entry : entries_of(*crl)) {
    serials.push_back(entry.serial ? std::make_optional(entry.serial->to_bytes()) : std::nullopt);
  }
  EXPECT_THAT(serials, ElementsAre(Bytes{}, std::nullopt, std::nullopt, Bytes{0x7F}));
}

TEST(CrlTest, OneOfAnotherCaIsRefused) {
  CertificateSpec spec;
  spec.subject = "CN=Another CA";
  spec.ca = true;
  const Credential other = make_self_signed(spec);
  const Bytes of_other = make_crl(other, {});
  const auto first = verify_crl(*parse_crl(of_other), ca().certificate);
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().code(), error_code(CryptoErrc::mismatch));
  EXPECT_THAT(first.error().message(), HasSubstr("CN=Another CA"));

  TestCrl false_name;
  false_name.issuer = ca().certificate.subject();
  const Bytes under_false_name = make_crl(other, false_name);
  const auto second = verify_crl(*parse_crl(under_false_name), ca().certificate);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), error_code(CryptoErrc::bad_signature));

  const Bytes bent = with_bent_signature(make_crl(ca(), {}));
  EXPECT_FALSE(verify_crl(*parse_crl(bent), ca().certificate).ok());
}

TEST(CrlTest, OneThatDoesNotShowAllIsRefusedOrSaysSo) {
  struct Row {
    const char* oid;
    bool critical;
    Bytes value;
    const char* says;  // null: it is taken
    bool limited = false;
  };
  const std::vector<Row> rows{
      {"2.5.29.27", true, {2, 1, 5}, "delta"},
      {"2.5.29.28", true, flag(4, 0xFF), "indirect"},
      {"2.5.29.28", true, {der::kSequence, 4, 0x83, 2, 6, 0x40}, "some reasons"},
      {"2.5.29.28", true, flag(1, 0xFF), nullptr, true},
      {"2.5.29.28", true, flag(7, 0xFF), "cannot be read"},
      {"2.5.29.28", true, flag(2, 0), nullptr, true},
      {"2.5.29.28", true, flag(4, 0), nullptr, true},
      {"2.5.29.28", true, {1, 2}, "cannot be read"},
      {"2.5.29.27", true, {2, 1, 5, 5, 0}, "number that cannot be read"},
      {"1.2.3.4", true, {5, 0}, "1.2.3.4"},
      {"1.2.3.4", false, {5, 0}, nullptr},
      {"2.5.29.35", true, {5, 0}, nullptr},
  };
  for (const Row& row : rows) {
    TestCrl wanted;
    wanted.more_extensions = test_extension(row.oid, row.critical, row.value);
    const Bytes der = make_crl(ca(), wanted);
    const auto crl = parse_crl(der);
    ASSERT_EQ(crl.ok(), row.says == nullptr) << row.oid;
    if (!crl.ok()) {
      EXPECT_THAT(crl.error().message(), HasSubstr(row.says));
      EXPECT_EQ(crl.error().kind(), ErrorKind::permanent);
    } else {
      EXPECT_EQ(crl->scope.has_value(), row.limited) << row.oid;
      EXPECT_FALSE(crl->scope && crl->scope->cas_only) << row.oid;
    }
  }
}

// The parts of a CRL, each of which a test can make wrong.
struct Parts {
  Bytes version{2, 1, 1};
  Bytes algorithm{der::kSequence, 4, der::kOid, 2, 0x2A, 3};
  Bytes end{der::kUtcTime, 13, '2', '6', '0', '2', '0', '1', '0', '0', '0', '0', '0', '0', 'Z'};
  Bytes entries;             // the contents of the list
  Bytes after_entry_list{};  // the contents of [0], and what follows it
  Bytes after_signature{};

  [[nodiscard]] Bytes der() const {
    Bytes out;
    der::Writer writer(out);
    writer.nest(der::kSequence, [&] {
      writer.nest(der::kSequence, [&] {
        writer.raw(version);
        writer.raw(algorithm);
        writer.raw(ca().certificate.subject());
        writer.time(FakeClock::kStart);
        writer.raw(end);
        if (!entries.empty()) writer.nest(der::kSequence, [&] { writer.raw(entries); });
        writer.raw(after_entry_list);
      });
      writer.raw(Bytes{der::kSequence, 4, der::kOid, 2, 0x2A, 3});
      writer.bit_string(Bytes{0});
      writer.raw(after_signature);
    });
    return out;
  }
};

Bytes in(std::uint8_t tag, const Bytes& contents) {
  Bytes out;
  der::Writer(out).element(tag, contents);
  return out;
}

TEST(CrlTest, OneWithAWrongPartIsRefused) {
  const Bytes null{der::kNull, 0};
  const auto behind = [](Bytes first, const Bytes& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  };
  const Bytes number{der::kSequence, 10, der::kOid, 3, 0x55, 29, 20, der::kOctetString, 3, 2, 1, 7};
  struct Row {
    std::function<void(Parts&)> bend;
    const char* says;  // null: it is taken
  };
  const auto extensions = [](const Bytes& list) {
    return [list](Parts& parts) {
      parts.after_entry_list = in(der::context(0), in(der::kSequence, list));
    };
  };
  const Row rows[] = {
      {[](Parts&) {}, nullptr},
      {extensions(number), nullptr},
      {[](Parts& parts) {
         parts.version = {2, 1, 0};
       },
       "unknown version"},
      {[](Parts& parts) {
         parts.version = {2, 1, 2};
       },
       "unknown version"},
      {[](Parts& parts) { parts.algorithm.back() = 4; }, "names two algorithms"},
      {[](Parts& parts) { parts.end[2] = 'x'; }, "an end that cannot be read"},
      {[&](Parts& parts) { parts.after_signature = null; }, "cannot be read"},
      {[&](Parts& parts) { parts.after_entry_list = null; }, "extensions that cannot be read"},
      {[&](Parts& parts) {
         parts.after_entry_list = in(der::context(0), behind(in(der::kSequence, number), null));
       },
       "extensions that cannot be read"},
      {[&](Parts& parts) {
         parts.after_entry_list = behind(in(der::context(0), in(der::kSequence, number)), null);
       },
       "extensions that cannot be read"},
      {extensions({der::kSequence, 12, der::kOid, 3, 0x55, 29, 20, der::kOctetString, 3, 2, 1, 7,
                   der::kNull, 0}),
       "an extension that cannot be read"},
      {extensions({der::kSequence, 11, der::kOid, 2, 0x2A, 3, der::kBoolean, 1, 5,
                   der::kOctetString, 2, der::kNull, 0}),
       "an extension that cannot be read"},
  };
  for (const Row& row : rows) {
    Parts parts;
    row.bend(parts);
    const Bytes der = parts.der();
    const auto crl = parse_crl(der);
    ASSERT_EQ(crl.ok(), row.says == nullptr) << (row.says == nullptr ? "good" : row.says);
    if (!crl.ok()) {
      EXPECT_THAT(crl.error().message(), HasSubstr(row.says));
    }
  }
}

TEST(CrlTest, AnEntryHasNothingBehindItsExtensions) {
  const Bytes time{der::kUtcTime, 13,  '2', '6', '0', '1', '0', '1',
                   '0',           '0', '0', '0', '0', '0', 'Z'};
  for (const bool more : {false, true}) {
    Parts parts;
    der::Writer writer(parts.entries);
    writer.nest(der::kSequence, [&] {
      writer.integer(7);
      writer.raw(time);
      writer.raw(in(der::kSequence, {}));
      if (more) writer.null();
    });
    const Bytes der = parts.der();
    const auto crl = parse_crl(der);
    ASSERT_TRUE(crl.ok()) << crl.error().message();
    const auto read = for_each_entry(*crl, [](const CrlEntry&) { return Status(); });
    EXPECT_EQ(read.ok(), !more);
  }
}

TEST(CrlTest, AnEntryThatIsNotPlainIsRefused) {
  struct Row {
    Bytes extension;
    const char* says;
  };
  const std::vector<Row> rows{
      {test_extension("2.5.29.29", true, {der::kSequence, 0}), "other CAs"},
      {test_extension("1.2.3", true, {5, 0}), "1.2.3"},
      {test_extension("2.5.29.24", false, {5, 0}), "invalidity date"},
      {test_extension("2.5.29.21", false, {2, 1, 1}), "reason"},
      {test_extension("2.5.29.21", false, {der::kEnumerated, 1, 1, der::kNull, 0}), "reason"},
      {{1, 2, 3}, "cannot be read"},
  };
  for (const Row& row : rows) {
    TestCrl wanted;
    wanted.entries = {{{7}}, {{8}, FakeClock::kStart, {}, row.extension}};
    const Bytes der = make_crl(ca(), wanted);
    const auto crl = parse_crl(der);
    ASSERT_TRUE(crl.ok());
    const auto read = for_each_entry(*crl, [](const CrlEntry&) { return Status(); });
    ASSERT_FALSE(read.ok()) << row.says;
    EXPECT_THAT(read.error().message(), HasSubstr(row.says));
  }
}

TEST(CrlTest, EveryCutIsRefused) {
  TestCrl wanted;
  wanted.entries = {{{7}, FakeClock::kStart, 1}};
  const Bytes der = make_crl(ca(), wanted);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(parse_crl(ByteView(der.data(), size)).ok()) << size;
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(parse_crl(longer).ok());
}

TEST(CrlAddressesTest, NamesTheUrisOfDistributionPoints) {
  const auto uri = [](const std::string& text) {
    Bytes name{0x86, static_cast<std::uint8_t>(text.size())};
    name.insert(name.end(), text.begin(), text.end());
    return name;
  };
  Bytes value;
  der::Writer writer(value);
  writer.nest(der::kSequence, [&] {
    for (const char* address : {"http://a/1.crl", "ldap://b/2"}) {
      writer.nest(der::kSequence, [&] {
        writer.nest(der::context(0),
                    [&] { writer.nest(der::context(0), [&] { writer.raw(uri(address)); }); });
      });
    }
  });
  CertificateSpec spec;
  spec.raw_extensions = {{"2.5.29.31", value}};
  EXPECT_THAT(crl_addresses(make_self_signed(spec).certificate.der()),
              ElementsAre("http://a/1.crl", "ldap://b/2"));
  spec.raw_extensions = {{"2.5.29.31", {1, 2, 3}}};
  EXPECT_THAT(crl_addresses(make_self_signed(spec).certificate.der()), IsEmpty());
  EXPECT_THAT(crl_addresses(ca().certificate.der()), IsEmpty());
  EXPECT_THAT(crl_addresses(Bytes{1, 2, 3}), IsEmpty());
}

}  // namespace
}  // namespace certconnector::crypto
