// Reads one job of a lease answer. Only lease_codec.cpp and the fuzzers use it.
#pragma once

#include <string_view>
#include <variant>

#include "proto/management/messages.h"

namespace certconnector::management {

struct UnreadableJob {};  // no usable id or lease

// `index` is for messages: "jobs[3].issue.pkcs10: ...".
[[nodiscard]] std::variant<LeasedJob, UnreadableJob> read_job(std::string_view text,
                                                              std::size_t index,
                                                              Timestamp server_time);

}  // namespace certconnector::management
