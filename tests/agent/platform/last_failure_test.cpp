#include "agent/platform/last_failure.h"

#include <gtest/gtest.h>

namespace certconnector::platform {
namespace {

TEST(LastFailureTest, IsReadAsItWasWritten) {
  const auto read = decode_last_failure(
      encode({"2026-11-30T15:00:00.120Z", 78, true, "agent.conf:3: no number\nagent.conf:4: no"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->when, "2026-11-30T15:00:00.120Z");
  EXPECT_EQ(read->exit_code, 78);
  EXPECT_TRUE(read->service);
  EXPECT_EQ(read->message, "agent.conf:3: no number\nagent.conf:4: no");
}

TEST(LastFailureTest, ALongMessageIsCut) {
  const std::string text =
      encode({"2026-11-30T15:00:00Z", 74, false, std::string(kMaxLastFailure, 'x')});
  EXPECT_EQ(text.size(), kMaxLastFailure);
  ASSERT_TRUE(decode_last_failure(text));
  EXPECT_FALSE(decode_last_failure(text)->service);
}

TEST(LastFailureTest, OtherTextsAreNone) {
  const std::string good = "2026-11-30T15:00:00Z 74 service\n";
  EXPECT_TRUE(decode_last_failure(good));
  for (const std::string& text :
       {std::string(), std::string("root:x:0:0:root:/root:/bin/bash\n"),
        std::string("2026-11-30T15:00:00Z 74 somebody\n"),
        std::string("2026-11-30T15:00:00Z many service\n"),
        std::string("2026-11-30T15:00:00Z 74x service\n"),
        std::string("20261130T15:00:00Z 74 service\n"), std::string("2026-11-30T15:00:00Z"),
        good + std::string(kMaxLastFailure, 'x')}) {
    EXPECT_FALSE(decode_last_failure(text)) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace certconnector::platform
