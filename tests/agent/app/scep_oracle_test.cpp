// Answers reveal nothing of a message that another device has encrypted.
#include <algorithm>
#include <array>
#include <future>

#include "agent/core/failure_codes.h"
#include "agent/enrollment/denial_quota.h"
#include "agent/scep/message.h"
#include "agent/scep/set_time_answers.h"
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

// Everything that a client sees of an answer, without its random parts.
struct Seen {
  unsigned http = 0;
  std::size_t size = 0;
  Bytes status;
  Bytes fail_info;
  Bytes text;
  Bytes hresult;

  bool operator==(const Seen& other) const {
    return http == other.http && size == other.size && status == other.status &&
           fail_info == other.fail_info && text == other.text && hresult == other.hresult;
  }
};

Seen seen_in(const http::Response& response) {
  Seen seen;
  seen.http = response.status;
  seen.size = response.body->size();
  const auto reply = crypto::SignedData::parse(*response.body).value();
  const auto value = [&](std::string_view oid) {
    const auto found = reply.attribute(oid);
    return found ? found->value.to_bytes() : Bytes();
  };
  seen.status = value(scep::oid::kPkiStatus);
  seen.fail_info = value(scep::oid::kFailInfo);
  seen.text = value(scep::oid::kFailInfoText);
  seen.hresult = value(scep::oid::kNdesHresult);
  return seen;
}

constexpr std::array<const char*, 8> kTypes{"17", "19", "20", "21", "22", "3", "18", "199"};

class ScepOracle : public ScepFixture {
 protected:
  // The same message of this type twice: once the plaintext has a right padding, and once a wrong
  // one.
  void compare(const std::string& type) {
    ScepRequest request;
    request.type = type;
    request.transaction_id = "oracle-" + type;
    request.inside = {0x30, 0x00};
    const Bytes like = client().make(request);
    const Bytes envelope = crypto::SignedData::parse(like).value().content().to_bytes();
    Bytes bent = envelope;
    // Behind the IV come two octets and one block. Of 14 octets of padding the last one is wrong.
    bent[bent.size() - 19] ^= 0x01U;
    const Seen readable = seen_in(client().post(like));
    const Seen unreadable = seen_in(client().post(ScepClient::sign(request, bent)));
    EXPECT_TRUE(readable == unreadable) << type;
    EXPECT_EQ(readable.status, as_bytes("2").to_bytes()) << type;
  }
};

TEST_F(ScepOracle, APaddingShowsInNoAnswer) {
  start_static();
  for (const char* type : kTypes) compare(type);
  EXPECT_EQ(certificates_issued(), 0U);
}

TEST_F(ScepOracle, APaddingShowsInNoAnswerAsNdesWordsIt) {
  start_static("ndes_failures = yes\n");
  for (const char* type : kTypes) compare(type);
}

// An attacker puts pieces of a captured message between chosen octets, and gets something that
// looks like a request. The error must not reveal the content of the pieces, and the attacker must
// not try without limit.
TEST_F(ScepOracle, WhatIsWrongWithARequestShowsInNoAnswer) {
  start_static("allow_sha1 = no\n", "[http]\nchallenge_failures_per_hour=7\n");
  const ScepRequest good = enrollment(kSecret);
  const auto changed = [&](const Bytes& mark, std::size_t behind, std::uint8_t value) {
    Bytes request = good.inside;
    const auto at = std::search(request.begin(), request.end(), mark.begin(), mark.end());
    if (at == request.end()) throw std::runtime_error("the request has no such octets");
    *(at + static_cast<std::ptrdiff_t>(behind)) = value;
    return request;
  };
  Bytes bent = good.inside;
  bent.back() ^= 0x01U;
  const std::array<std::pair<const char*, Bytes>, 6> kRows{{
      {"no request", {0x30, 0x00}},
      {"another version", changed({0x02, 0x01, 0x00}, 2, 1)},
      {"an algorithm that is made of what stands there",
       changed({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}, 8, 0x63)},
      {"a key that is not DER", changed({0x02, 0x82, 0x01, 0x01, 0x00}, 5, 0x00)},
      {"an old signature", signed_with(good.key, crypto::HashAlgorithm::sha1, good.inside)},
      {"a bent signature", bent},
  }};
  const auto ask = [&](const Bytes& inside) {
    ScepRequest request = good;
    request.inside = inside;
    return seen_in(client().post(client().make(request)));
  };
  const Seen unreadable = ask({0x30, 0x01});
  EXPECT_EQ(unreadable.fail_info, as_bytes(kBadMessageCheck).to_bytes());
  EXPECT_EQ(unreadable.text, Bytes());
  for (const auto& [name, inside] : kRows) EXPECT_TRUE(ask(inside) == unreadable) << name;
  EXPECT_EQ(client().ask(good).http, 429U) << "each of them counted";
}

TEST_F(ScepOracle, WhatIsWrongWithARequestShowsInNoTime) {
  start_static();
  Bytes bent = enrollment(kSecret).inside;
  bent.back() ^= 0x01U;
  for (const Bytes& inside : {Bytes{0x30, 0x00}, bent}) {
    ScepRequest request;
    request.inside = inside;
    const Bytes message = client().make(request);
    const auto sent = std::chrono::steady_clock::now();
    EXPECT_EQ(client().ask(request, message).fail_info, kBadMessageCheck);
    EXPECT_GE(std::chrono::steady_clock::now() - sent, scep::SetTimeAnswers::kAfter);
  }
}

TEST_F(ScepOracle, AClientWithManyUnreadableMessagesIsLockedOut) {
  start_static("", "[http]\nchallenge_failures_per_hour=3\n");
  ScepRequest request;
  request.inside = {0x30, 0x00};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client().ask(request).fail_info, "1");
  EXPECT_EQ(client().ask(request).http, 429U);
  EXPECT_TRUE(client().from("192.0.2.2").ask(enrollment(kSecret)).issued()) << "somebody else";
}

// Concurrent guesses all pass the first check before any is counted.
TEST_F(ScepOracle, GuessesThatComeAtOnceAreCountedAtOnce) {
  constexpr std::size_t kAllowed = 3;
  constexpr std::size_t kThreads = 2;  // of the pool: each may have one in its hands
  start_static("", "[http]\nchallenge_failures_per_hour=3\n[agent]\nworkers=2\n");
  std::vector<Bytes> guesses;
  for (int i = 0; i < 20; ++i) {
    guesses.push_back(
        client().make(enrollment("a guess", "CN=phone,O=Test", "G" + std::to_string(i))));
  }
  std::vector<std::future<http::Response>> answers;
  for (const Bytes& guess : guesses) answers.push_back(client().begin(guess));
  std::size_t checked = 0;
  for (auto& answer : answers) checked += answer.get().status == 200 ? 1U : 0U;
  EXPECT_GE(checked, kAllowed);
  EXPECT_LT(checked, kAllowed + kThreads);
}

TEST_F(ScepOracle, ADeniedChallengeIsNotDescribedToItsClient) {
  start_signed();
  challenge::Claims claims = this->claims("strong-keys-only");
  claims.least_key = crypto::KeySpec{crypto::KeyKind::rsa, 3072};
  const ScepRequest request = enrollment(mint(claims));
  const http::Response response = client().post(client().make(request));
  const Seen seen = seen_in(response);
  EXPECT_EQ(seen.status, as_bytes("2").to_bytes());
  EXPECT_EQ(seen.text, Bytes());
  EXPECT_EQ(std::get<core::Failed>(*job_of("T1").outcome).code, core::failure::kWeakKey.name);
  EXPECT_EQ(certificates_issued(), 0U);
}

// A message with a wrong signature costs its sender nothing. Each with a new transaction would be a
// new job.
TEST_F(ScepOracle, WhatAnybodyCanMakeUpDoesNotFillTheQueue) {
  start_static();
  constexpr std::size_t kKept = enrollment::DenialQuotaSettings().of_a_client;
  const Bytes like = client().make(enrollment(kSecret, "CN=phone,O=Test", "made-up-0000"));
  const std::string mark = "made-up-0000";
  const auto at = std::search(like.begin(), like.end(), mark.begin(), mark.end());
  ASSERT_NE(at, like.end());
  const auto last = static_cast<std::size_t>(at - like.begin()) + mark.size() - 1;
  for (std::size_t i = 1; i <= kKept + 20; ++i) {
    Bytes forged = like;
    std::size_t rest = i;
    for (std::size_t digit = 0; digit < 4; ++digit, rest /= 10) {
      forged[last - digit] = static_cast<std::uint8_t>('0' + rest % 10);
    }
    ASSERT_EQ(client().post(forged).status, 200U);
  }
  static_cast<void>(job_of("made-up-0" + std::to_string(kKept)));
  core::EnrollmentFilter filter;
  filter.limit = 1000;
  EXPECT_EQ(agent().enrollments().list(filter)->size(), kKept);
  EXPECT_EQ(site_.logger.count("scep.refused"), kKept + 20);
  ASSERT_EQ(site_.logger.count("scep.refusals_not_kept"), 1U);
  EXPECT_EQ(site_.logger.records("scep.refusals_not_kept").front().field("client"), "192.0.2.1");
}

TEST_F(ScepOracle, AWithdrawnChallengeLeavesWhatItHasBegun) {
  start_signed("", "[template.device]\napproval = yes\n");
  const ScepRequest request = enrollment(mint(claims("c1")));
  EXPECT_EQ(client().ask(request).status, "3");
  const Timestamp now = SystemClock().wall();
  const std::string id = challenge::key_id(minting_key_.public_key_info()) + ":c1";
  ASSERT_TRUE(agent().challenges().revoke({id, now, "boss", now + std::chrono::hours(2)}).ok());
  EXPECT_EQ(client().ask(request).status, "3") << "what is under way goes on";
  ScepRequest other = request;
  other.transaction_id = "other";
  EXPECT_EQ(client().ask(other).fail_info, "2") << "and nothing begins with it";
}

}  // namespace
}  // namespace certconnector::app
