#include "common/http/connection_budget.h"

#include <gtest/gtest.h>

#include <vector>

namespace certconnector::http {
namespace {

constexpr BudgetLimits kLimits{1000, 750, 8, 6};

class ConnectionBudgetTest : public ::testing::Test {
 protected:
  // Opens one that holds so much, and gives those that are cut for it, in order.
  std::vector<ConnectionBudget::Id> take(ConnectionBudget::Id id, const std::string& client,
                                         std::size_t octets) {
    budget_.open(id, client);
    budget_.hold(id, octets);
    return cut(id);
  }
  std::vector<ConnectionBudget::Id> cut(ConnectionBudget::Id changed) {
    std::vector<ConnectionBudget::Id> ids;
    while (const auto id = budget_.next_to_cut(changed)) {
      budget_.close(*id);
      ids.push_back(*id);
    }
    return ids;
  }

  using Ids = std::vector<ConnectionBudget::Id>;
  ConnectionBudget budget_{kLimits};
};

TEST_F(ConnectionBudgetTest, CutsNothingWithinTheLimits) {
  EXPECT_EQ(take(1, "a", 375), Ids{});
  EXPECT_EQ(take(2, "a", 375), Ids{});
  EXPECT_EQ(take(3, "b", 250), Ids{});
  EXPECT_EQ(budget_.octets(), 1000U);
  EXPECT_EQ(budget_.connections(), 3U);
}

TEST_F(ConnectionBudgetTest, CutsTheOneOfTheSameClientThatWaitsLongest) {
  take(1, "a", 300);
  take(2, "a", 300);
  take(3, "b", 10);
  EXPECT_EQ(take(4, "a", 300), Ids{1});
  budget_.wait(2);  // it has had an answer
  EXPECT_EQ(take(5, "a", 200), Ids{4});
}

TEST_F(ConnectionBudgetTest, CutsTheClientThatHoldsMostWhenAllHoldTooMuch) {
  take(1, "light", 100);
  take(2, "heavy", 300);
  take(3, "heavy", 300);
  take(4, "middle", 300);
  EXPECT_EQ(take(5, "new", 50), Ids{2});
  EXPECT_EQ(take(6, "new", 260), Ids{5}) << "now it holds the most itself";
}

TEST_F(ConnectionBudgetTest, CutsTheOneThatWaitsLongestWhereNoClientIsHeavy) {
  for (ConnectionBudget::Id id = 1; id <= 8; ++id) take(id, "client " + std::to_string(id), 10);
  EXPECT_EQ(take(9, "honest", 100), Ids{1}) << "not the one that does something";
  budget_.wait(2);  // it has got on
  EXPECT_EQ(take(10, "another", 10), Ids{3});
  EXPECT_EQ(take(11, "heavy", 125), Ids{11}) << "an eighth of all";
}

TEST_F(ConnectionBudgetTest, CutsNoneThatIsOwedAnAnswer) {
  take(1, "a", 400);
  take(2, "a", 300);
  budget_.owe(1);
  EXPECT_EQ(take(3, "a", 100), Ids{2});
  budget_.owe(3);
  budget_.hold(3, 500);
  EXPECT_EQ(cut(3), Ids{});
  EXPECT_EQ(take(4, "a", 1), Ids{4}) << "the only one of the client that waits is the new one";
  EXPECT_EQ(take(5, "b", 1), Ids{}) << "others have their own";
  budget_.wait(1);
  EXPECT_EQ(cut(1), Ids{1});
}

TEST_F(ConnectionBudgetTest, CountsConnectionsOfAClientAndOfAll) {
  for (ConnectionBudget::Id id = 1; id <= 6; ++id) EXPECT_EQ(take(id, "a", 1), Ids{});
  EXPECT_EQ(take(7, "a", 1), Ids{1});
  EXPECT_EQ(take(8, "b", 1), Ids{});
  EXPECT_EQ(take(9, "c", 1), Ids{});
  EXPECT_EQ(take(10, "d", 1), Ids{2});
}

TEST_F(ConnectionBudgetTest, ForgetsWhatIsClosed) {
  take(1, "a", 700);
  budget_.close(1);
  budget_.close(1);
  budget_.hold(1, 5000);
  budget_.owe(1);
  budget_.wait(1);
  EXPECT_EQ(budget_.octets(), 0U);
  EXPECT_EQ(budget_.connections(), 0U);
  EXPECT_EQ(take(2, "a", 700), Ids{});
}

}  // namespace
}  // namespace certconnector::http
