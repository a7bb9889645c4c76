#include "proto/control/document.h"

#include <gtest/gtest.h>

#include "proto/control/codec.h"

namespace certconnector::control_proto {
namespace {

TEST(Document, HasVersionAndOkBeforeTheMembersOfTheAnswer) {
  EXPECT_EQ(document(RunStateResult{"paused"}), R"({"version":1,"ok":true,"state":"paused"})");
  EXPECT_EQ(success_document("{}"), R"({"version":1,"ok":true})");
  EXPECT_EQ(success_document("no JSON"), R"({"version":1,"ok":true})");
}

TEST(Document, AVersionOfTheAnswerIsTheAgents) {
  EXPECT_EQ(document(VersionResult{"1.2.3", 1, {}, {}, {}, "1.2.4"}),
            R"({"version":1,"ok":true,"agent_version":"1.2.3","protocol":1,)"
            R"("program_version":"1.2.4"})");
}

TEST(Document, OfAnErrorHasItsProblem) {
  EXPECT_EQ(error_document({"no_such_job", "no job \"x\"", "look"}),
            R"({"version":1,"ok":false,"error":{"code":"no_such_job","message":"no job \"x\"",)"
            R"("remedy":"look"}})");
}

}  // namespace
}  // namespace certconnector::control_proto
