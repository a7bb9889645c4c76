#include "agent/control/stream_client.h"

#include <utility>

#include "agent/control/framed_stream.h"
#include "agent/control/transport_errors.h"

namespace certconnector::control {

namespace {

class StreamClient final : public ControlClient {
 public:
  explicit StreamClient(std::unique_ptr<OctetStream> stream) : stream_(std::move(stream)) {}

  Result<control_proto::Answer> call(const control_proto::Request& request,
                                     Duration limit) override {
    const auto sent = stream_.write(control_proto::encode_request(request), limit);
    // An agent that denies the connection may answer and hang up before it has read anything.
    if (!sent && sent.error().code() != error_code(TransportErrc::closed)) return sent.error();
    CC_TRY_ASSIGN(const auto payload, stream_.read(limit, limit));
    if (!payload) {
      return Error(TransportErrc::closed, ErrorKind::transient,
                   "the agent hung up without an answer");
    }
    return control_proto::decode_answer(*payload);
  }

 private:
  FramedStream stream_;
};

}  // namespace

std::unique_ptr<ControlClient> client_over(std::unique_ptr<OctetStream> stream) {
  return std::make_unique<StreamClient>(std::move(stream));
}

}  // namespace certconnector::control
