// The requests to the NDES service, from any client with a certificate that the TLS of the service
// accepts, and the agent's answers to a policy module. The first octet says which one the rest is.
#include <cstdlib>
#include <optional>

#include "proto/registration/codec.h"

namespace {

namespace wire = certconnector::registration_wire;

void demand(bool condition) {
  if (!condition) std::abort();
}

bool fits(const std::string& transaction_id) {
  return !transaction_id.empty() && transaction_id.size() <= wire::kMaxTransactionId;
}

// The codec reads its own writing as it was.
void read_answer(char kind, std::string_view text) {
  if (kind == 'V') {
    const auto answer = wire::decode_verify_answer(text);
    if (!answer.ok() || !answer->verified) return;
    demand(wire::decode_verify_answer(wire::encode_verify_answer(std::nullopt))->verified);
  } else if (kind == 'N') {
    const auto standing = wire::decode_notify_answer(text);
    if (!standing.ok()) return;
    demand(wire::decode_notify_answer(wire::encode_notify_answer(*standing)).value() == *standing);
  } else if (kind == 'C') {
    const auto challenge = wire::decode_challenge_answer(text);
    if (!challenge.ok()) return;
    demand(wire::decode_challenge_answer(wire::encode_challenge_answer(*challenge)).value() ==
           *challenge);
  } else {
    const auto problem = wire::decode_problem(text);
    if (!problem.ok()) return;
    demand(wire::decode_problem(wire::encode_problem(*problem))->versions == problem->versions);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = certconnector::as_text({data + 1, size - 1});
  if (data[0] == 'c') {
    const auto request = wire::decode_challenge_request(text);
    demand(request.ok() ? !request->template_name.empty() : !request.error().message().empty());
  } else if (data[0] == 'v') {
    const auto request = wire::decode_verify_request(text);
    demand(request.ok() ? fits(request->transaction_id) && !request->pkcs10.empty() &&
                              request->pkcs10.size() <= wire::kMaxPkcs10
                        : !request.error().message().empty());
  } else if (data[0] == 'V' || data[0] == 'N' || data[0] == 'C' || data[0] == 'p') {
    read_answer(static_cast<char>(data[0]), text);
  } else {
    const auto told = wire::decode_notification(text);
    demand(told.ok()
               ? fits(told->transaction_id) &&
                     told->certificate.empty() != (told->disposition == wire::Disposition::success)
               : !told.error().message().empty());
  }
  return 0;
}
