// Whether a job that an administrator queues is one that the protocol allows.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/result/result.h"
#include "tests/endpoint/job_store.h"

namespace certconnector::endpoint {

inline constexpr std::size_t kMaxJobPkcs10 = 64U * 1024;

// Refuses what an agent would refuse for its form, unknown members included. A job without `id`
// gets one.
[[nodiscard]] Result<NewJob> check_job(nlohmann::json job);

// Takes anything with a type and a CA, to see what an agent makes of it. The digest is made from it
// all the same.
[[nodiscard]] Result<NewJob> take_unchecked_job(nlohmann::json job);

// {id, type, ca, text}: `text` goes out as it is, with the member `lease` put in before its last
// brace.
[[nodiscard]] Result<NewJob> take_raw_job(const nlohmann::json& job);

}  // namespace certconnector::endpoint
