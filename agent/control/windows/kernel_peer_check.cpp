#include <windows.h>

#include <cstdlib>
#include <utility>

#include "agent/control/peer_check.h"
#include "agent/control/windows/admission_rule.h"
#include "agent/control/windows/connected_peer.h"
#include "agent/platform/windows/account.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/system_message.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::control {

namespace {

// While it lives, this thread acts as the pipe's client.
class Impersonation {
 public:
  explicit Impersonation(HANDLE pipe) : begun_(::ImpersonateNamedPipeClient(pipe) != 0) {}
  ~Impersonation() {
    // A thread that went on as somebody else would read and write files in that name.
    if (begun_ && ::RevertToSelf() == 0) std::abort();
  }
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  bool begun_;
};

Error unknown(DWORD code) {
  return {PeerErrc::unknown_peer, ErrorKind::denied,
          "the system does not name the user that connected: " + platform::system_message(code)};
}

// The token that the client has lent: to be looked at, not to be used.
Result<platform::Handle> token_of(HANDLE pipe) {
  const Impersonation as_client(pipe);
  if (!as_client.begun()) return unknown(::GetLastError());
  HANDLE token = nullptr;
  // As this process: the client's account may not open its own token.
  if (::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY, TRUE, &token) == 0) {
    return unknown(::GetLastError());
  }
  return platform::Handle(token);
}

class KernelPeerCheck final : public PeerCheck {
 public:
  explicit KernelPeerCheck(std::string group) : group_(std::move(group)) {}

  Result<std::string> admit(const ConnectedPeer& connected) override {
    CC_TRY_ASSIGN(const platform::Handle token, token_of(connected.pipe()));
    const auto user = platform::user_of(token.get());
    auto own = platform::own_account();
    if (!user || !own) return unknown(::GetLastError());
    // Looks up the group for every peer: an administrator may create it while the agent runs.
    const AdmissionRule rule{std::move(*own), platform::find_account(platform::wide(group_),
                                                                     platform::AccountKind::group)};
    std::string name = platform::account_name(user->get());
    if (admits(rule, token.get())) return name;
    return Error(PeerErrc::not_admitted, ErrorKind::denied,
                 "user " + name + " is neither an administrator nor a member of group " + group_);
  }

 private:
  std::string group_;
};

}  // namespace

std::unique_ptr<PeerCheck> kernel_peer_check(const std::string& group) {
  return std::make_unique<KernelPeerCheck>(group);
}

}  // namespace certconnector::control
