#include <windows.h>
#include <gtest/gtest.h>

#include "agent/control/peer_check.h"
#include "agent/control/windows/admission_rule.h"
#include "agent/control/windows/connected_peer.h"
#include "agent/platform/windows/handle.h"
#include "tests/agent/control/windows/sids.h"

namespace certconnector::control {
namespace {

using testing::sid;

// The token of this process with administrators, and one more, only to be refused by.
platform::Handle caller(bool administrator, const platform::Sid& without) {
  HANDLE opened = nullptr;
  EXPECT_NE(::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &opened), 0);
  const platform::Handle own(opened);
  const platform::Sid administrators = platform::well_known(WinBuiltinAdministratorsSid);
  SID_AND_ATTRIBUTES refused[]{{without.get(), 0}, {administrators.get(), 0}};
  HANDLE restricted = nullptr;
  EXPECT_NE(::CreateRestrictedToken(own.get(), 0, administrator ? 1 : 2, refused, 0, nullptr, 0,
                                    nullptr, &restricted),
            0);
  const platform::Handle process_token(restricted);
  HANDLE lent = nullptr;
  EXPECT_NE(::DuplicateTokenEx(process_token.get(), TOKEN_QUERY, nullptr, SecurityIdentification,
                               TokenImpersonation, &lent),
            0);
  return platform::Handle(lent);
}

const wchar_t* const kAgent = L"S-1-5-80-1-2-3-4-5";
const wchar_t* const kEverybody = L"S-1-1-0";
const wchar_t* const kNoGroup = L"S-1-5-21-1-2-3-1003";

TEST(Admission, FollowsTheRule) {
  const auto admitted = [](const AdmissionRule& rule, const platform::Handle& token) {
    return admits(rule, token.get());
  };
  const platform::Sid nobody = sid(kNoGroup);
  const AdmissionRule no_group{sid(kAgent), std::nullopt};
  const AdmissionRule with_group{sid(kAgent), sid(kEverybody)};
  const AdmissionRule other_group{sid(kAgent), nobody};
  EXPECT_TRUE(admitted(no_group, caller(true, nobody))) << "an administrator";
  EXPECT_FALSE(admitted(no_group, caller(false, nobody)))
      << "an administrator whose program was not raised";
  EXPECT_TRUE(admitted(with_group, caller(false, nobody))) << "a member of the group";
  EXPECT_FALSE(admitted(with_group, caller(false, sid(kEverybody))))
      << "a member whose membership only denies";
  EXPECT_FALSE(admitted(other_group, caller(false, nobody))) << "a member of another group";
}

TEST(Admission, AdmitsTheAgentsAccount) {
  const auto own = platform::own_account();
  ASSERT_TRUE(own.has_value());
  BOOL counts = FALSE;
  ::CheckTokenMembership(nullptr, own->get(), &counts);
  if (counts == FALSE)
    GTEST_SKIP() << "Wine does not count the user of a token as one of its members";
  EXPECT_TRUE(admits({*own, std::nullopt}, caller(false, sid(kNoGroup)).get()));
}

TEST(KernelPeerCheck, AdmitsTheOwnUserUnderItsName) {
  constexpr const wchar_t* kName = L"\\\\.\\pipe\\certconnector-peer-check";
  const platform::Handle server(
      ::CreateNamedPipeW(kName, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 4096, 4096, 0, nullptr));
  const platform::Handle client(
      ::CreateFileW(kName, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                    SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
  ASSERT_TRUE(client.valid());
  const auto who = kernel_peer_check("no-such-group-here")->admit(ConnectedPeer(server.get()));
  ASSERT_TRUE(who.ok()) << who.error().message();
  EXPECT_FALSE(who->empty());
  HANDLE token = nullptr;
  EXPECT_EQ(::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY, TRUE, &token), 0)
      << "the thread is nobody else afterwards";
}

TEST(KernelPeerCheck, DeniesWhatIsNoPipe) {
  const auto who = kernel_peer_check("no-such-group-here")->admit(ConnectedPeer(nullptr));
  ASSERT_FALSE(who.ok());
  EXPECT_EQ(who.error().kind(), ErrorKind::denied);
}

}  // namespace
}  // namespace certconnector::control
