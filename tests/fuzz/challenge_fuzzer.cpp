// Challenge passwords as tokens, and the payload of one: what anybody can send in a SCEP request.
#include <cstdlib>

#include "proto/challenge/claims_codec.h"
#include "proto/challenge/signed_challenge.h"

namespace {

namespace challenge = certconnector::challenge;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = certconnector::as_text({data, size});
  const auto token = challenge::SignedChallenge::parse(input);
  require(token.ok() ? token->key_id().size() == challenge::kKeyIdLength
                     : !token.error().message().empty());
  const auto payload = challenge::decode_payload(input);
  if (!payload.ok()) return 0;
  // One set of claims has one spelling.
  require(challenge::encode_payload(*payload) == input);
  require(payload->claims.expires > payload->claims.not_before);
  return 0;
}
