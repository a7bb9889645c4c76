#include "agent/store/sqlite/job_codec.h"

#include <gtest/gtest.h>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/record_bytes.h"
#include "tests/support/core/named_certificate.h"

namespace certconnector::store {
namespace {

core::CertificateEntry sample() {
  core::CertificateEntry entry;
  entry.template_name = "device";
  entry.certificate.certificate = Bytes(500, 9);
  entry.certificate.serial = {1, 2, 3};
  return entry;
}

TEST(JobCodec, AnIssuedOutcomeIsItsNoteAndTheCertificateBesideIt) {
  const Bytes certificate = encode_certificate(sample()).value();
  const auto read = decode_outcome(encode_outcome(core::Issued{{}, "note"}), certificate);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<core::Issued>(*read).note, "note");
  EXPECT_EQ(std::get<core::Issued>(*read).certificate.serial, sample().certificate.serial);
  EXPECT_FALSE(decode_outcome(encode_outcome(core::Issued{{}, "note"}), {}));
}

TEST(JobCodec, EveryChangedOctetIsSeen) {
  const Bytes record = encode_certificate(sample()).value();
  for (std::size_t i = 0; i < record.size(); ++i) {
    Bytes changed = record;
    changed[i] ^= 0x10U;
    EXPECT_FALSE(decode_certificate(changed)) << i;
  }
}

TEST(JobCodec, EveryCutIsSeen) {
  const Bytes record = encode_certificate(sample()).value();
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(decode_certificate(ByteView(record.data(), size))) << size;
  }
}

TEST(JobCodec, IdsComeBackAsTheyWereAndTakeHalfTheRoom) {
  const std::string hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const std::string uuid = "7ac6ab6e-07d0-4f5e-9a2b-0123456789ab";
  const auto size_with = [](const std::string& id) {
    core::CertificateEntry entry = sample();
    entry.holder.transaction_id = id;
    const Bytes record = encode_certificate(entry).value();
    const auto read = decode_certificate(record);
    EXPECT_TRUE(read) << id;
    EXPECT_EQ(read ? read->holder.transaction_id : "none", id);
    return record.size();
  };
  const std::size_t without = size_with("");
  EXPECT_EQ(size_with(hex), without + 32);
  EXPECT_EQ(size_with(uuid), without + 16);
  EXPECT_EQ(size_with("ABCDEF0123456789"), without + 8);
  for (const char* id :
       {"0123456789abcdeF", "abc", "0", "7ac6ab6e-07d0-4f5e-9a2b-0123456789aB",
        "7ac6ab6e+07d0-4f5e-9a2b-0123456789ab", "0123456789abcdef0123456789abcdef0123",
        "7ac6ab6e-07d0-4f5e-9a2b-0123456789a", "scep-1", "--------------------"}) {
    size_with(id);
  }
}

TEST(JobCodec, ASerialNumberThatIsInTheCertificateStandsOnce) {
  core::CertificateEntry entry = sample();
  entry.certificate = certconnector::testing::named_certificate("CN=a", from_millis(0));
  const Bytes record = encode_certificate(entry).value();
  EXPECT_EQ(decode_certificate(record)->certificate.serial, entry.certificate.serial);
  entry.certificate.serial.back() ^= 1U;
  const Bytes another = encode_certificate(entry).value();
  EXPECT_EQ(decode_certificate(another)->certificate.serial, entry.certificate.serial);
  EXPECT_EQ(another.size(), record.size() + entry.certificate.serial.size() + 1);
}

TEST(JobCodec, ABoundComesBack) {
  for (const bool verified : {false, true}) {
    core::IssueRequest issue;
    issue.template_name = "device";
    issue.proof_verified = verified;
    issue.at_most.key_usage = 5;
    issue.at_most.extended_key_usage = {"1.3.6.1.5.5.7.3.2"};
    const auto again = decode_request(encode_request(issue).value());
    ASSERT_TRUE(again);
    const auto& read = std::get<core::IssueRequest>(*again);
    EXPECT_EQ(read.proof_verified, verified);
    EXPECT_EQ(read.at_most.key_usage, issue.at_most.key_usage);
    EXPECT_EQ(read.at_most.extended_key_usage, issue.at_most.extended_key_usage);
    issue.at_most = {};
    const auto free = decode_request(encode_request(issue).value());
    ASSERT_TRUE(free);
    EXPECT_EQ(std::get<core::IssueRequest>(*free).proof_verified, verified);
    EXPECT_FALSE(std::get<core::IssueRequest>(*free).at_most.key_usage);
    issue.at_most.extended_key_usage.emplace(1001, "1.2.3");
    EXPECT_FALSE(encode_request(issue));
  }
}

TEST(JobCodec, ARenewalComesBack) {
  for (const bool verified : {false, true}) {
    core::IssueRequest issue;
    issue.proof_verified = verified;
    issue.at_most.key_usage = 5;
    issue.renewed_subject = {0x30, 0x00};
    issue.expected.fewer_names = true;
    const auto again = decode_request(encode_request(issue).value());
    ASSERT_TRUE(again);
    const auto& read = std::get<core::IssueRequest>(*again);
    EXPECT_EQ(read.proof_verified, verified);
    EXPECT_EQ(read.at_most.key_usage, issue.at_most.key_usage);
    EXPECT_EQ(read.renewed_subject, issue.renewed_subject);
    EXPECT_TRUE(read.expected.fewer_names);
  }
}

// Records with a good checksum that no writer of ours makes.
struct BadRecord {
  const char* name;
  Bytes body;  // after the version
};

class BadRecordTest : public ::testing::TestWithParam<BadRecord> {};

Bytes sealed(Bytes body) {
  body.insert(body.begin(), std::uint8_t{1});
  return with_checksum(std::move(body));
}

TEST_P(BadRecordTest, IsRefused) {
  EXPECT_FALSE(decode_request(sealed(GetParam().body)));
  EXPECT_FALSE(decode_outcome(sealed(GetParam().body), {}));
  EXPECT_FALSE(decode_certificate(sealed(GetParam().body)));
  EXPECT_FALSE(decode_revocation(sealed(GetParam().body)));
}

INSTANTIATE_TEST_SUITE_P(Records, BadRecordTest,
                         ::testing::Values(BadRecord{"nothing", {}}, BadRecord{"unknown_kind", {9}},
                                           BadRecord{"length_beyond_the_end", {0, 100, 1}},
                                           BadRecord{"endless_number", Bytes(12, 0xFF)},
                                           BadRecord{"huge_length",
                                                     {0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}},
                                           BadRecord{"trailing", {1, 0, 0, 0, 0, 0, 1, 1, 1, 1}}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(JobCodec, AnotherVersionIsRefused) {
  RecordWriter out(2);
  out.number(1);
  out.signed_number(5);
  out.flag(true);
  EXPECT_FALSE(decode_outcome(std::move(out).seal(), {}));
}

TEST(JobCodec, TextsForPeopleAreCutBetweenCharacters) {
  EXPECT_EQ(clip("abc", 3), "abc");
  EXPECT_EQ(clip("abcd", 3), "abc");
  EXPECT_EQ(clip("ab\xC3\xA4", 3), "ab");
  EXPECT_EQ(clip("\xE2\x82\xAC", 2), "");
  const core::Failed failed{"c", 1, std::string(10000, 'm')};
  const auto read = decode_outcome(encode_outcome(failed), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<core::Failed>(*read).message.size(), 4096U);
}

TEST(JobCodec, ThatTheProofHeldComesBack) {
  for (const bool verified : {false, true}) {
    core::IssueRequest request;
    request.pkcs10 = {1, 2, 3};
    request.proof_verified = verified;
    const auto read = decode_request(encode_request(request).value());
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<core::IssueRequest>(*read).proof_verified, verified);
    EXPECT_EQ(std::get<core::IssueRequest>(*read).pkcs10, request.pkcs10);
  }
}

TEST(JobCodec, SizesAreBounded) {
  core::IssueRequest request;
  request.pkcs10 = Bytes(std::size_t{64} * 1024);
  EXPECT_TRUE(encode_request(request));
  request.pkcs10.push_back(0);
  EXPECT_FALSE(encode_request(request));
  core::CertificateEntry entry;
  entry.certificate.certificate = Bytes(std::size_t{256} * 1024 + 1);
  EXPECT_FALSE(encode_certificate(entry));
}

TEST(RecordBytes, NumbersComeBack) {
  const std::uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, 1ULL << 63U, ~0ULL};
  RecordWriter out(1);
  for (const std::uint64_t number : numbers) {
    out.number(number);
    out.signed_number(static_cast<std::int64_t>(number));
  }
  const Bytes record = std::move(out).seal();
  RecordReader in(record, 1);
  for (const std::uint64_t number : numbers) {
    EXPECT_EQ(in.number(), number);
    EXPECT_EQ(in.signed_number(), static_cast<std::int64_t>(number));
  }
  EXPECT_TRUE(in.finished());
}

}  // namespace
}  // namespace certconnector::store
