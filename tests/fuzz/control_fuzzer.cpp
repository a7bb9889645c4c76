// The messages on the control socket, both ways: frames in pieces, envelopes, arguments, results.
// Each message that decodes must encode to something that decodes again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proto/control/challenge_messages.h"
#include "proto/control/codec.h"
#include "proto/control/envelope.h"
#include "proto/control/frame.h"

namespace {

namespace wire = certconnector::control_proto;

template <typename T>
void arguments_round_trip(std::string_view json) {
  const auto decoded = wire::decode_arguments<T>(json);
  if (!decoded) return;
  if (!wire::decode_arguments<T>(wire::encode(*decoded))) std::abort();
}

template <typename T>
void result_round_trip(std::string_view json) {
  const auto decoded = wire::decode_result<T>(json);
  if (!decoded) return;
  if (!wire::decode_result<T>(wire::encode(*decoded))) std::abort();
}

void feed_request(std::string_view payload) {
  const auto request = wire::decode_request(payload);
  if (!request) return;
  if (!wire::decode_request(wire::encode_request(*request))) std::abort();
  arguments_round_trip<wire::JobsListArguments>(request->arguments);
  arguments_round_trip<wire::JobArguments>(request->arguments);
  arguments_round_trip<wire::JobDenyArguments>(request->arguments);
  arguments_round_trip<wire::CaCreateArguments>(request->arguments);
  arguments_round_trip<wire::CaImportArguments>(request->arguments);
  arguments_round_trip<wire::ChallengeNewArguments>(request->arguments);
  arguments_round_trip<wire::ScepExplainArguments>(request->arguments);
  arguments_round_trip<wire::ScepTestArguments>(request->arguments);
  arguments_round_trip<wire::CertsListArguments>(request->arguments);
  arguments_round_trip<wire::CertRevokeArguments>(request->arguments);
  arguments_round_trip<wire::LineageAllowArguments>(request->arguments);
  arguments_round_trip<wire::EnrollArguments>(request->arguments);
}

void feed_answer(std::string_view payload) {
  const auto answer = wire::decode_answer(payload);
  if (!answer) return;
  if (!wire::decode_answer(wire::encode_answer(*answer))) std::abort();
  result_round_trip<wire::StatusResult>(answer->result);
  result_round_trip<wire::JobsListResult>(answer->result);
  result_round_trip<wire::JobsShowResult>(answer->result);
  result_round_trip<wire::JobsExplainResult>(answer->result);
  result_round_trip<wire::CaListResult>(answer->result);
  result_round_trip<wire::CaExportResult>(answer->result);
  result_round_trip<wire::ChallengesListResult>(answer->result);
  result_round_trip<wire::ScepListResult>(answer->result);
  result_round_trip<wire::ScepExplainResult>(answer->result);
  result_round_trip<wire::CertsListResult>(answer->result);
  result_round_trip<wire::IdentityResult>(answer->result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  feed_request(input);
  feed_answer(input);
  // The same octets as a stream: in two pieces and as one, with the same frames as the outcome.
  wire::FrameDecoder whole;
  wire::FrameDecoder pieces;
  const bool whole_ok = whole.feed(input).ok();
  const std::size_t cut = size / 2;
  const bool pieces_ok =
      pieces.feed(input.substr(0, cut)).ok() && pieces.feed(input.substr(cut)).ok();
  if (whole_ok != pieces_ok) std::abort();
  while (const auto payload = whole.next()) {
    if (pieces.next() != payload) std::abort();
    feed_request(*payload);
  }
  return 0;
}
