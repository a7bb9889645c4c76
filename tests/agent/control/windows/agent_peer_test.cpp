#include "agent/control/windows/agent_peer.h"

#include <windows.h>
#include <gtest/gtest.h>

#include "agent/control/transport_errors.h"
#include "agent/control/windows/pipe_instance.h"
#include "tests/agent/control/windows/sids.h"

namespace certconnector::control {
namespace {

using testing::sid;

const wchar_t* const kAlice = L"S-1-5-21-1-2-3-1001";
const wchar_t* const kMallory = L"S-1-5-21-1-2-3-1002";
const wchar_t* const kService = L"S-1-5-80-1-2-3-4-5";

struct AgentRow {
  const char* who;
  bool has_service;
  const wchar_t* owner;
  bool taken;
};

TEST(AgentPeer, IsTheSystemAnAdministratorTheCallerOrTheAccountOfTheService) {
  for (const AgentRow& row :
       {AgentRow{"the system", false, L"S-1-5-18", true},
        AgentRow{"administrators", false, L"S-1-5-32-544", true},
        AgentRow{"the caller", false, kAlice, true}, AgentRow{"the service", true, kService, true},
        AgentRow{"of a service that is not here", false, kService, false},
        AgentRow{"another", true, kMallory, false}, AgentRow{"users", true, L"S-1-5-32-545", false},
        AgentRow{"everybody", true, L"S-1-1-0", false},
        AgentRow{"a guest", true, L"S-1-5-32-546", false}}) {
    AgentRule rule{sid(kAlice), std::nullopt};
    if (row.has_service) rule.service_account = sid(kService);
    EXPECT_EQ(may_be_agent(rule, sid(row.owner)), row.taken) << row.who;
  }
}

// One user runs all tests: the rule gets another than it has.
TEST(AgentPeer, AStrangersPipeIsNotTheAgents) {
  const auto own = platform::own_account();
  ASSERT_TRUE(own.has_value());
  if (may_be_agent({sid(kAlice), std::nullopt}, *own)) GTEST_SKIP() << "this user is the system";
  const auto pipe =
      new_instance(L"\\\\.\\pipe\\certconnector-stranger",
                   L"O:" + platform::sid_text(own->get()) + L"D:(A;;FA;;;WD)", Instance::first);
  ASSERT_TRUE(pipe.ok()) << pipe.error().message();
  EXPECT_TRUE(check_agent(pipe->get(), {*own, std::nullopt}, "//./pipe/x").ok());
  const Status refused = check_agent(pipe->get(), {sid(kAlice), std::nullopt}, "//./pipe/x");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), error_code(TransportErrc::not_the_agent));
  EXPECT_NE(refused.error().message().find("certconnector sent nothing"), std::string::npos);
}

TEST(AgentPeer, WhatIsNoPipeIsNotTheAgents) {
  const auto own = platform::own_account();
  ASSERT_TRUE(own.has_value());
  EXPECT_FALSE(check_agent(nullptr, {*own, std::nullopt}, "//./pipe/x").ok());
}

}  // namespace
}  // namespace certconnector::control
