#include "common/crypto/digest.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/crypto/kept_by_thread.h"
#include "common/crypto/message_digest.h"
#include "common/text/hex.h"

namespace certconnector::crypto {
namespace {

TEST(Digest, MatchesTheVectorsOfFips180) {
  EXPECT_EQ(text::to_hex(view(sha256(as_bytes("abc")))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(text::to_hex(view(sha1(as_bytes("abc")))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(text::to_hex(view(sha256({}))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// mingw's thread_local ends with a context of freed memory.
TEST(Digest, ThreadsThatEndGiveTheirContextsBack) {
  const auto expected = hash(HashAlgorithm::sha256, as_bytes("abc"));
  for (int round = 0; round < 10; ++round) {
    std::thread([&] {
      for (int i = 0; i < 3; ++i)
        EXPECT_EQ(hash(HashAlgorithm::sha256, as_bytes("abc")).view(), expected.view());
    }).join();
  }
}

TEST(KeptByThread, EachThreadHasOneUntilItEnds) {
  static std::atomic<int> living{0};
  struct Counted {
    Counted() { ++living; }
    Counted(Counted&&) noexcept { ++living; }
    ~Counted() { --living; }
  };
  static const KeptByThread<Counted> kKept;
  const auto* const own = &kKept.get([] { return Counted(); });
  EXPECT_EQ(&kKept.get([] { return Counted(); }), own);
  std::thread([&] {
    EXPECT_NE(&kKept.get([] { return Counted(); }), own);
    EXPECT_EQ(living, 2);
  }).join();
  EXPECT_EQ(living, 1);
}

TEST(Digest, OfPiecesIsThatOfTheWhole) {
  for (const HashAlgorithm algorithm :
       {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512, HashAlgorithm::sha1}) {
    RunningHash running(algorithm);
    for (const char* piece : {"one", "", "two"}) running.add(as_bytes(piece));
    EXPECT_EQ(running.finish().view(), hash(algorithm, as_bytes("onetwo")).view());
    EXPECT_EQ(RunningHash(algorithm).finish().view(), hash(algorithm, {}).view());
  }
}

TEST(Digest, SecretsAreComparedWhole) {
  EXPECT_TRUE(equal_secrets(as_bytes("secret"), as_bytes("secret")));
  EXPECT_FALSE(equal_secrets(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_secrets(as_bytes("secret"), as_bytes("secrets")));
  EXPECT_TRUE(equal_secrets({}, {}));
}

TEST(Digest, RandomBytesAreAsManyAsAskedAndDiffer) {
  EXPECT_TRUE(random_bytes(0).empty());
  const Bytes first = random_bytes(32);
  EXPECT_EQ(first.size(), 32U);
  EXPECT_NE(first, random_bytes(32));
}

}  // namespace
}  // namespace certconnector::crypto
