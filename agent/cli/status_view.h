// The agent's state on one screen.
#pragma once

#include <iosfwd>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

// A name such as "not_enrolled" as words, safe for a terminal.
[[nodiscard]] std::string spoken(std::string name);

void print_status(std::ostream& out, const control_proto::StatusResult& status, const Paint& paint);
void print_findings(std::ostream& out, const std::vector<control_proto::Finding>& findings,
                    const Paint& paint);
// Relative times are relative to `now`.
void print_identity(std::ostream& out, const control_proto::Identity& identity, Timestamp now);

}  // namespace certconnector::cli
