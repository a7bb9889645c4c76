#include "proto/control/frame.h"

#include <gtest/gtest.h>

#include "proto/control/errors.h"

namespace certconnector::control_proto {
namespace {

TEST(Frame, CarriesThePayloadBehindItsLength) {
  const auto frame = encode_frame("{}");
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(*frame, std::string("\0\0\0\2{}", 6));
}

TEST(Frame, WritesTheLengthBigEndian) {
  const auto frame = encode_frame(std::string(0x010203, 'x'));
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(frame->substr(0, 4), std::string("\0\1\2\3", 4));
}

TEST(Frame, RefusesToSendNothingOrTooMuch) {
  EXPECT_FALSE(encode_frame("").ok());
  EXPECT_TRUE(encode_frame(std::string(kMaxFrame, 'x')).ok());
  const auto too_large = encode_frame(std::string(kMaxFrame + 1, 'x'));
  ASSERT_FALSE(too_large.ok());
  EXPECT_EQ(too_large.error().code(), error_code(ControlErrc::frame_too_large));
}

TEST(FrameDecoder, PutsAFrameTogetherFromSingleOctets) {
  const std::string frame = encode_frame("hello").value();
  FrameDecoder decoder;
  for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
    ASSERT_TRUE(decoder.feed(frame.substr(i, 1)).ok());
    EXPECT_FALSE(decoder.next().has_value()) << "after octet " << i;
    EXPECT_TRUE(decoder.in_frame());
  }
  ASSERT_TRUE(decoder.feed(frame.substr(frame.size() - 1)).ok());
  EXPECT_EQ(decoder.next(), "hello");
  EXPECT_FALSE(decoder.next().has_value());
  EXPECT_FALSE(decoder.in_frame());
}

TEST(FrameDecoder, HandsOutFramesThatCameTogetherOneByOne) {
  FrameDecoder decoder;
  ASSERT_TRUE(decoder.feed(encode_frame("one").value() + encode_frame("two").value()).ok());
  EXPECT_EQ(decoder.next(), "one");
  EXPECT_EQ(decoder.next(), "two");
  EXPECT_FALSE(decoder.next().has_value());
}

struct BadHeader {
  const char* what;
  std::string octets;
};
class InvalidFrame : public ::testing::TestWithParam<BadHeader> {};

TEST_P(InvalidFrame, AsSoonAsTheLengthIsThereAndForGood) {
  FrameDecoder decoder;
  const auto fed = decoder.feed(GetParam().octets);
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code(), error_code(ControlErrc::frame_too_large));
  EXPECT_FALSE(decoder.next().has_value());
  EXPECT_FALSE(decoder.feed("x").ok());
}

INSTANTIATE_TEST_SUITE_P(
    Headers, InvalidFrame,
    ::testing::Values(BadHeader{"zero", std::string("\0\0\0\0", 4)},
                      BadHeader{"one_above_the_limit", std::string("\0\x40\0\1", 4)},
                      BadHeader{"the_most", std::string("\xFF\xFF\xFF\xFF", 4)},
                      BadHeader{"http", "GET / HTTP/1.1\r\n"},
                      BadHeader{"tls", std::string("\x16\x03\x01\x02\x00\x01", 6)}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(FrameDecoder, RefusesASecondFrameThatIsTooLarge) {
  FrameDecoder decoder;
  ASSERT_TRUE(decoder.feed(encode_frame("one").value()).ok());
  EXPECT_TRUE(decoder.feed("\xFF\xFF\xFF\xFF").ok());
  EXPECT_EQ(decoder.next(), "one");
  EXPECT_FALSE(decoder.next().has_value());
  EXPECT_FALSE(decoder.feed("").ok());
}

}  // namespace
}  // namespace certconnector::control_proto
