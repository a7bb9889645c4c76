#include "common/crypto/der.h"

#include <gtest/gtest.h>

#include "tests/common/crypto/request_builder.h"

namespace certconnector::crypto::der {
namespace {

Timestamp at(std::int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

TEST(DerReader, ReadsElementsInOrder) {
  const Bytes der{0x02, 0x01, 0x05, 0x04, 0x02, 0xAA, 0xBB};
  Reader reader(der);
  EXPECT_TRUE(reader.next_is(kInteger));
  EXPECT_EQ(reader.read_small_unsigned(), 5U);
  const auto element = reader.read_any();
  ASSERT_TRUE(element.has_value());
  EXPECT_EQ(element->tag, kOctetString);
  EXPECT_EQ(element->value, ByteView(der).subview(5, 2));
  EXPECT_EQ(element->whole, ByteView(der).subview(3, 4));
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.read_any().has_value(), false);
}

TEST(DerReader, AFailedReadLeavesThePosition) {
  const Bytes der{0x02, 0x01, 0x05};
  Reader reader(der);
  EXPECT_FALSE(reader.read(kSequence).has_value());
  EXPECT_FALSE(reader.read_oid().has_value());
  EXPECT_FALSE(reader.read_boolean().has_value());
  EXPECT_FALSE(reader.read_time().has_value());
  EXPECT_EQ(reader.read_small_unsigned(), 5U);
}

TEST(DerReader, RefusesLengthsThatAreNotDer) {
  const Bytes refused[] = {
      {},
      {0x30},
      {0x30, 0x01},                                // cut off
      {0x30, 0x80, 0x00, 0x00},                    // indefinite
      {0x30, 0x81, 0x01, 0x00},                    // long form of a short length
      {0x30, 0x82, 0x00, 0x80},                    // leading zero
      {0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00},  // over 32 bits
      {0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF},
      {0x30, 0xFF},
      {0x1F, 0x01, 0x00},  // a tag of several octets
      {0xBF, 0x20, 0x00},
  };
  for (const Bytes& der : refused) EXPECT_FALSE(Reader(der).read_any().has_value());
}

TEST(DerReader, RefusesIntegersThatAreNotMinimal) {
  const Bytes refused[] = {{0x02, 0x00}, {0x02, 0x02, 0x00, 0x7F}, {0x02, 0x02, 0xFF, 0x80}};
  for (const Bytes& der : refused) EXPECT_FALSE(Reader(der).read_integer().has_value());
  const Bytes negative{0x02, 0x01, 0x80};
  EXPECT_TRUE(Reader(negative).read_integer().has_value());
  EXPECT_FALSE(Reader(negative).read_unsigned().has_value());
  const Bytes zero{0x02, 0x01, 0x00};
  EXPECT_TRUE(Reader(zero).read_unsigned()->empty());
  const Bytes large{0x02, 0x09, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_EQ(Reader(large).read_small_unsigned(), 0xFFFFFFFFFFFFFFFFU);
  const Bytes too_large{0x02, 0x09, 0x01, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(Reader(too_large).read_small_unsigned().has_value());
}

TEST(DerReader, TakesTheTwoBooleansOfDer) {
  EXPECT_EQ(Reader(Bytes{0x01, 0x01, 0x00}).read_boolean(), false);
  const Bytes yes{0x01, 0x01, 0xFF};
  EXPECT_EQ(Reader(yes).read_boolean(), true);
  for (const Bytes& der :
       {Bytes{0x01, 0x01, 0x01}, Bytes{0x01, 0x00}, Bytes{0x01, 0x02, 0xFF, 0xFF}}) {
    EXPECT_FALSE(Reader(der).read_boolean().has_value());
  }
}

TEST(DerReader, BitStringsHaveNoUnusedBitsUnlessNamed) {
  const Bytes octets{0x03, 0x02, 0x00, 0xA5};
  EXPECT_EQ(Reader(octets).read_bit_string(), ByteView(octets).subview(3, 1));
  EXPECT_FALSE(Reader(Bytes{0x03, 0x02, 0x01, 0xA4}).read_bit_string().has_value());
  EXPECT_FALSE(Reader(Bytes{0x03, 0x00}).read_bit_string().has_value());
}

// Mbed TLS up to 2.16.0 writes seven bits.
TEST(DerReader, NamedBitsMayEndWithZeros) {
  struct Row {
    Bytes der;
    std::optional<std::uint16_t> flags;
  };
  const Row rows[] = {
      {{0x03, 0x02, 0x05, 0xA0}, 0x0005},
      {{0x03, 0x02, 0x07, 0x80}, 0x0001},
      {{0x03, 0x03, 0x07, 0x00, 0x80}, 0x0100},
      {{0x03, 0x01, 0x00}, 0x0000},
      {{0x03, 0x02, 0x01, 0xA0}, 0x0005},
      {{0x03, 0x02, 0x00, 0xA0}, 0x0005},
      {{0x03, 0x03, 0x07, 0xA0, 0x00}, 0x0005},
      {{0x03, 0x02, 0x00, 0x00}, 0x0000},
      {{0x03, 0x02, 0x06, 0xA0}, std::nullopt},  // an unused bit is set
      {{0x03, 0x02, 0x08, 0x80}, std::nullopt},
      {{0x03, 0x01, 0x01}, std::nullopt},
      {{0x03, 0x04, 0x00, 0x01, 0x01, 0x01}, std::nullopt},
  };
  for (const Row& row : rows) EXPECT_EQ(Reader(row.der).read_bit_flags(), row.flags);
}

TEST(DerWriter, BitFlagsRoundTrip) {
  for (unsigned flags = 0; flags < 0x10000; flags += 7) {
    const auto mask = static_cast<std::uint16_t>(flags);
    const Bytes der = build_der([&](Writer& w) { w.bit_flags(mask); });
    ASSERT_EQ(Reader(der).read_bit_flags(), mask);
  }
}

TEST(DerWriter, LengthsAreMinimalAtEverySize) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const Bytes value(size, 0x5A);
    const Bytes flat = build_der([&](Writer& w) { w.octet_string(value); });
    const Bytes nested = build_der([&](Writer& w) { w.nest(kOctetString, [&] { w.raw(value); }); });
    EXPECT_EQ(flat, nested);
    const Bytes apart = build_der([&](Writer& w) {
      w.header(kOctetString, size);
      w.raw(value);
    });
    EXPECT_EQ(flat, apart);
    const auto contents = read_only(flat, kOctetString);
    ASSERT_TRUE(contents.has_value()) << size;
    EXPECT_EQ(contents->size(), size);
  }
}

TEST(DerWriter, IntegersRoundTrip) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127},
                                    std::uint64_t{128}, std::uint64_t{256}, ~std::uint64_t{0}}) {
    const Bytes der = build_der([&](Writer& w) { w.integer(value); });
    EXPECT_EQ(Reader(der).read_small_unsigned(), value);
  }
}

TEST(DerTime, RoundTripsAndChoosesTheTypeOfRfc5280) {
  struct Row {
    std::int64_t seconds;
    std::uint8_t tag;
    std::string_view text;
  };
  const Row rows[] = {
      {0, kUtcTime, "700101000000Z"},
      {-631152000, kUtcTime, "500101000000Z"},
      {2524607999, kUtcTime, "491231235959Z"},
      {2524608000, kGeneralizedTime, "20500101000000Z"},
      {253402300799, kGeneralizedTime, "99991231235959Z"},
  };
  for (const Row& row : rows) {
    const Bytes der = build_der([&](Writer& w) { w.time(at(row.seconds)); });
    EXPECT_EQ(der[0], row.tag);
    EXPECT_EQ(as_text(*read_only(der, row.tag)), row.text);
    EXPECT_EQ(Reader(der).read_time(), at(row.seconds));
  }
  const Bytes generalized = build_der([&](Writer& w) { w.generalized_time(at(0)); });
  EXPECT_EQ(as_text(*read_only(generalized, kGeneralizedTime)), "19700101000000Z");
}

TEST(DerTime, RefusesOtherForms) {
  const std::pair<std::uint8_t, std::string_view> refused[] = {
      {kUtcTime, "7001010000Z"},
      {kUtcTime, "700101000000"},
      {kUtcTime, "700101000000+0000"},
      {kUtcTime, "700230000000Z"},
      {kUtcTime, "7001010000 0Z"},
      {kGeneralizedTime, "19700101000000.5Z"},
      {kGeneralizedTime, "19700101000000"},
      {kGeneralizedTime, "700101000000Z"},
      {kUtf8String, "700101000000Z"},
      {kUtcTime, "-00101000000Z"},
  };
  for (const auto& [tag, text] : refused) {
    Bytes der;
    Writer(der).element(tag, text);
    EXPECT_FALSE(Reader(der).read_time().has_value()) << text;
  }
}

TEST(Oid, RoundTrips) {
  for (const std::string_view text :
       {"0.0", "1.39.5", "2.5.29.17", "2.999.1", "1.2.840.113549.1.1.11", "2.16.840.1.101.3.4.2.1",
        "1.3.6.1.4.1.18446744073709551615"}) {
    const auto der = oid_from_text(text);
    ASSERT_TRUE(der.has_value()) << text;
    EXPECT_EQ(oid_to_text(*der), text);
  }
  EXPECT_EQ(oid_from_text("1.2.840.113549"), (Bytes{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D}));
}

TEST(Oid, RefusesTextThatIsNotOne) {
  for (const std::string_view text :
       {"", "1", "1.", ".1", "1..2", "3.1", "1.40", "01.2", "1.02", "1.2.x", "1.-2", "1.2 ", "+1.2",
        "1.3.18446744073709551616", "2.18446744073709551615"}) {
    EXPECT_EQ(oid_from_text(text), std::nullopt) << text;
  }
  EXPECT_EQ(oid_from_text("1.2" + std::string(200, '1')), std::nullopt);
}

TEST(Oid, RefusesOctetsThatAreNotOne) {
  const Bytes refused[] = {{}, {0x80}, {0x55, 0x80}, {0x55, 0x80, 0x01}, {0x55, 0x9D}};
  for (const Bytes& contents : refused) {
    EXPECT_EQ(oid_to_text(contents), std::nullopt);
    Bytes der;
    Writer(der).oid(contents);
    EXPECT_FALSE(Reader(der).read_oid().has_value());
  }
  EXPECT_EQ(oid_to_text(Bytes(11, 0xFF)), std::nullopt);
  Bytes too_large(10, 0xFF);
  too_large.push_back(0x7F);
  EXPECT_EQ(oid_to_text(too_large), std::nullopt);
}

}  // namespace
}  // namespace certconnector::crypto::der
