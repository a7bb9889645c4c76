// CAs as tables.
#pragma once

#include <iosfwd>
#include <vector>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

void print_cas(std::ostream& out, const std::vector<control_proto::Ca>& cas, Timestamp now,
               const Paint& paint);
// One CA in full, for `ca list NAME`.
void print_ca(std::ostream& out, const control_proto::Ca& ca, Timestamp now);

}  // namespace certconnector::cli
