// Whether a job that an administrator queues is one that the protocol allows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result/result.h"
#include "tests/endpoint/job_store.h"

namespace certconnector::endpoint {

inline constexpr std::size_t kMaxJobPkcs10 = std::size_t{64} * 1024;

// Refuses what an agent would refuse for its form, unknown members included. A job without `id`
// gets one.
[[nodiscard]] Result<NewJob> check_job(nlohmann::json job);

// To which agents an unchecked job goes: those that serve this CA and type, whatever the job says.
struct JobRoute {
  std::string type = "issue";
  std::string ca;
};

// Takes anything that has an id, to see what an agent makes of it. Its result may come with any
// digest, because for numbers beyond integers the canonical form is not ours to make.
[[nodiscard]] Result<NewJob> take_unchecked_job(nlohmann::json job, const JobRoute& deliver);

// {id, type, ca, text}: `text` goes out as it is, with the member `lease` put in before its last
// brace.
[[nodiscard]] Result<NewJob> take_raw_job(const nlohmann::json& job);

}  // namespace certconnector::endpoint
