// The verbs of certconnector-endpoint. Each takes the arguments behind its name and gives the exit
// status: 0 done, 1 failed or not reached, 2 wrong arguments.
#pragma once

#include <string>
#include <vector>

#include "common/result/result.h"

namespace certconnector::endpoint {

using Arguments = std::vector<std::string>;

[[nodiscard]] int run_command(const Arguments& arguments);

[[nodiscard]] int serve(const Arguments& arguments);
[[nodiscard]] int make_token(const Arguments& arguments);
[[nodiscard]] int mint_challenge(const Arguments& arguments);
[[nodiscard]] int show_challenge_keys(const Arguments& arguments);
[[nodiscard]] int roll_challenge_key(const Arguments& arguments);
[[nodiscard]] int queue_issue(const Arguments& arguments);
[[nodiscard]] int queue_revoke(const Arguments& arguments);
[[nodiscard]] int wait_for_results(const Arguments& arguments);
[[nodiscard]] int fetch_results(const Arguments& arguments);
[[nodiscard]] int list_enrollments(const Arguments& arguments);
[[nodiscard]] int show_summary(const Arguments& arguments);
[[nodiscard]] int set_faults(const Arguments& arguments);
[[nodiscard]] int list_agents(const Arguments& arguments);
[[nodiscard]] int add_agent(const Arguments& arguments);
[[nodiscard]] int revoke_agent(const Arguments& arguments);

// Says on standard error what failed; gives 1.
[[nodiscard]] int report(const Error& error);

}  // namespace certconnector::endpoint
