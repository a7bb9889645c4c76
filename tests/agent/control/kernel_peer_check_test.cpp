#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "agent/control/peer_check.h"
#include "agent/control/posix/admission_rule.h"
#include "agent/control/posix/connected_peer.h"
#include "agent/platform/posix/file_descriptor.h"

namespace certconnector::control {
namespace {

constexpr AdmissionRule kWithGroup{900, 990U};
constexpr AdmissionRule kWithoutGroup{900, std::nullopt};

struct PeerRow {
  const char* what;
  AdmissionRule rule;
  Peer peer;
  bool admitted;
};
class Admission : public ::testing::TestWithParam<PeerRow> {};

TEST_P(Admission, FollowsTheRule) {
  EXPECT_EQ(admits(GetParam().rule, GetParam().peer), GetParam().admitted);
}

INSTANTIATE_TEST_SUITE_P(
    Peers, Admission,
    ::testing::Values(
        PeerRow{"root", kWithGroup, {0, 0, {}, "root"}, true},
        PeerRow{"root_without_the_group", kWithoutGroup, {0, 0, {}, "root"}, true},
        PeerRow{"own_user", kWithoutGroup, {900, 900, {}, "certconnector"}, true},
        PeerRow{"main_group", kWithGroup, {1000, 990, {}, "alice"}, true},
        PeerRow{"other_group", kWithGroup, {1000, 1000, {27, 990}, "alice"}, true},
        PeerRow{"stranger", kWithGroup, {1000, 1000, {27, 4}, "mallory"}, false},
        PeerRow{"stranger_in_group_root", kWithGroup, {1000, 0, {0}, "mallory"}, false},
        PeerRow{"member_but_no_such_group", kWithoutGroup, {1000, 990, {990}, "a"}, false},
        PeerRow{"nobody", kWithGroup, {65534, 65534, {}, "nobody"}, false}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(KernelPeerCheck, AdmitsTheOwnUserUnderItsName) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const platform::FileDescriptor one(ends[0]);
  const platform::FileDescriptor other(ends[1]);
  const auto who = kernel_peer_check("no-such-group-here")->admit(ConnectedPeer(one.get()));
  ASSERT_TRUE(who.ok()) << who.error().message();
  EXPECT_FALSE(who->empty());
}

TEST(KernelPeerCheck, DeniesWhatIsNoSocket) {
  const auto who = kernel_peer_check("no-such-group-here")->admit(ConnectedPeer(-1));
  ASSERT_FALSE(who.ok());
  EXPECT_EQ(who.error().kind(), ErrorKind::denied);
}

}  // namespace
}  // namespace certconnector::control
