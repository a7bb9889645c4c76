#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "agent/control/peer_check.h"
#include "agent/control/posix/accounts.h"
#include "agent/control/posix/admission_rule.h"
#include "agent/control/posix/connected_peer.h"
#include "agent/control/posix/peer_credentials.h"

namespace certconnector::control {

namespace {

// The groups of the process when it connected. With an older kernel, which does not give them, only
// its main group counts.
std::vector<std::uint32_t> other_groups(int socket) {
  std::vector<gid_t> groups(64);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int code = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    const std::size_t count = size / sizeof(gid_t);
    if (code == 0) return {groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(count)};
    if (errno != ERANGE) break;
    groups.resize(count);
  }
  return {};
}

Result<Peer> peer_of(int socket) {
  const auto credentials = peer_credentials(socket);
  if (!credentials) {
    return Error(PeerErrc::unknown_peer, ErrorKind::denied,
                 "the system does not name the user that connected: " +
                     std::generic_category().message(errno));
  }
  return Peer{credentials->uid, credentials->gid, other_groups(socket),
              user_name(credentials->uid)};
}

class KernelPeerCheck final : public PeerCheck {
 public:
  explicit KernelPeerCheck(std::string group) : group_(std::move(group)) {}

  Result<std::string> admit(const ConnectedPeer& connected) override {
    CC_TRY_ASSIGN(Peer peer, peer_of(connected.socket()));
    // Looks up the group for every peer: an administrator may create it while the agent runs.
    const AdmissionRule rule{::geteuid(), group_id(group_)};
    if (admits(rule, peer)) return std::move(peer.name);
    return Error(PeerErrc::not_admitted, ErrorKind::denied,
                 "user " + peer.name + " is neither root nor a member of group " + group_);
  }

 private:
  std::string group_;
};

}  // namespace

std::unique_ptr<PeerCheck> kernel_peer_check(const std::string& group) {
  return std::make_unique<KernelPeerCheck>(group);
}

}  // namespace certconnector::control
