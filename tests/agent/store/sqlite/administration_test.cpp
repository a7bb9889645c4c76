// The store's codes for an action that is not allowed. tests/contract tests the allowed ones.
#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

TEST_F(QueueTest, WhatTheStateDoesNotAllowHasItsCode) {
  insert(issue_job("a"));
  const auto running = claim_one();
  const Status refused = store_->retry(running, at(20), "root");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(StoreErrc::not_allowed));
}

TEST_F(QueueTest, AJobThatIsGoneHasItsCode) {
  for (const auto& act :
       {&core::JobStore::retry, &core::JobStore::cancel, &core::JobStore::approve}) {
    const Status gone = ((*store_).*act)({4711}, at(20), "root");
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code(), error_code(StoreErrc::not_found));
  }
}

}  // namespace
}  // namespace certconnector::store
