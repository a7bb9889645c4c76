// A connected named pipe, open for overlapped reading and writing.
#pragma once

#include "agent/control/octet_stream.h"
#include "agent/control/windows/connected_peer.h"
#include "agent/platform/windows/handle.h"

namespace certconnector::control {

class PipeStream final : public OctetStream {
 public:
  // `done` is a separate manual event; `stop` is set when everyone shall stop, and null: never.
  // It is not owned.
  PipeStream(platform::Handle pipe, platform::Handle done, HANDLE stop = nullptr)
      : pipe_(std::move(pipe)), done_(std::move(done)), stop_(stop), peer_(pipe_.get()) {}

  [[nodiscard]] Result<std::size_t> receive(char* octets, std::size_t size,
                                            Deadline deadline) override;
  [[nodiscard]] Result<std::size_t> send(std::string_view octets, Deadline deadline) override;
  [[nodiscard]] const ConnectedPeer& peer() const override { return peer_; }

 private:
  // How a call that the system goes on with has ended.
  struct Outcome {
    DWORD error = ERROR_SUCCESS;
    std::size_t octets = 0;
  };
  [[nodiscard]] Result<Outcome> finish(BOOL begun, OVERLAPPED& call, Deadline deadline) const;

  platform::Handle pipe_;
  platform::Handle done_;
  HANDLE stop_;
  ConnectedPeer peer_;
};

// Not set. Invalid: GetLastError() says why.
[[nodiscard]] inline platform::Handle new_event() {
  return platform::Handle(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
}

}  // namespace certconnector::control
