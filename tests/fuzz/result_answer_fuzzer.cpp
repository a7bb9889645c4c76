// The other answers of an endpoint. The first octet chooses which of them the rest is.
#include <cstdint>
#include <cstdlib>

#include "proto/management/codec.h"
#include "proto/management/token.h"

namespace {

using namespace certconnector::management;

const std::vector<JobResult>& reported() {
  static const std::vector<JobResult> kResults = [] {
    std::vector<JobResult> results(2);
    results[0].id = "a";
    results[1].id = "b";
    results[1].enrollment = EnrollmentDetails();
    return results;
  }();
  return kResults;
}

void check_results(std::string_view text) {
  const auto answer = decode_results_answer(text, reported(), 0, 2);
  if (answer && (answer->size() != 2 || (*answer)[0].id != "a")) std::abort();
}

void check_leases(std::string_view text) {
  const auto answer = decode_leases_answer(text, {{"a", 1}, {"b", 2}});
  if (answer && (answer->size() != 2 || (*answer)[1].number != 2)) std::abort();
}

void check_enrollment(std::string_view text) {
  const auto answer = decode_enroll_answer(text);
  if (answer && (answer->certificates.empty() || answer->agent_id.empty())) std::abort();
}

// The agent relies on these limits without a second check.
void check_challenge(std::string_view text) {
  const auto answer = decode_challenge_answer(text, "a");
  if (!answer) {
    if (answer.error().message().empty()) std::abort();
    return;
  }
  if (const auto* permit = std::get_if<ChallengePermit>(&answer->verdict)) {
    if (permit->challenge_id.empty() || permit->challenge_id.size() > 128) std::abort();
    if (permit->device.size() > 128) std::abort();
    if (permit->expires_at - answer->server_time > kLongestChallenge) std::abort();
  }
  if (const auto* refusal = std::get_if<ChallengeRefusal>(&answer->verdict)) {
    if (refusal->code.empty()) std::abort();
  }
}

void check_token(std::string_view text) {
  const auto token = decode_token(text);
  if (token && !decode_token(encode_token(*token))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'r':
      check_results(text);
      break;
    case 'l':
      check_leases(text);
      break;
    case 'e':
      check_enrollment(text);
      break;
    case 'c':
      check_challenge(text);
      break;
    case 'h':
      static_cast<void>(decode_heartbeat_answer(text));
      break;
    case 'p':
      static_cast<void>(decode_problem(text));
      break;
    case 't':
      check_token(text);
      break;
    default:
      break;
  }
  return 0;
}
