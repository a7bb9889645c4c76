// The JSON of the management protocol: requests out, answers in. Decoding is strict (proto/json):
// repeated keys, wrong types, wrong encodings and numbers out of range are refused with the path of
// the field. Unknown members are passed over, except inside a job and a challenge's permit, where a
// constraint that we do not know must not be ignored.
//
// Errors: JsonErrc of proto/json/json.h or ManagementErrc, permanent. No function throws or keeps
// state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"
#include "proto/management/messages.h"

namespace certconnector::management {

enum class ManagementErrc {
  not_what_was_asked,  // an answer that does not fit its request: other ids, another order, another
                       // number
  bad_token,           // not an onboarding token
  bad_url              // not the https address of an endpoint
};
[[nodiscard]] ErrorCode error_code(ManagementErrc errc);

[[nodiscard]] std::string encode_enroll_request(const EnrollRequest& request);  // holds a secret
[[nodiscard]] Result<EnrollAnswer> decode_enroll_answer(std::string_view body);
[[nodiscard]] std::string encode_renew_request(ByteView pkcs10);
[[nodiscard]] Result<std::vector<Bytes>> decode_renew_answer(std::string_view body);

[[nodiscard]] std::string encode_lease_request(const LeaseRequest& request);
// Fails only when the answer as a whole cannot be read. A job that is wrong comes with a rejection,
// also when it is not even strict JSON; the others go on.
[[nodiscard]] Result<LeaseAnswer> decode_lease_answer(std::string_view body);

[[nodiscard]] std::string encode_acknowledge_request(const std::vector<LeaseClaim>& leases);
[[nodiscard]] std::string encode_extend_request(const std::vector<LeaseClaim>& leases,
                                                std::chrono::seconds lease);
// The answer to both; it must name `asked` in order.
[[nodiscard]] Result<std::vector<LeaseStanding>> decode_leases_answer(
    std::string_view body, const std::vector<LeaseClaim>& asked);

struct ResultsBody {
  std::string body;
  std::size_t count = 0;  // results in it; fewer than asked when the size limit was reached
};
// The results from index `from` on, as many as fit into kMaxResults and `max_size`, but at least
// one.
[[nodiscard]] ResultsBody encode_results_request(const std::vector<JobResult>& results,
                                                 std::size_t from, const Chains& chains,
                                                 std::size_t max_size = kMaxRequestSize);
// Must answer `count` results from index `from` on, in order.
[[nodiscard]] Result<std::vector<ResultStanding>> decode_results_answer(
    std::string_view body, const std::vector<JobResult>& results, std::size_t from,
    std::size_t count);

[[nodiscard]] std::string encode_heartbeat_request(const Heartbeat& heartbeat);
[[nodiscard]] Result<Timestamp> decode_heartbeat_answer(std::string_view body);  // server_time

[[nodiscard]] std::string encode_challenge_question(
    const ChallengeQuestion& question);  // holds a secret
// Must name the question's `request_id`.
[[nodiscard]] Result<ChallengeAnswer> decode_challenge_answer(std::string_view body,
                                                              const std::string& request_id);

// Nothing when the body is no problem document.
[[nodiscard]] std::optional<Problem> decode_problem(std::string_view body);

}  // namespace certconnector::management
