// CAs as tables.
#pragma once

#include <iosfwd>
#include <vector>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

void print_authorities(std::ostream& out, const std::vector<control_proto::Ca>& authorities,
                       Timestamp now, const Paint& paint);
// One CA in full, for `ca list NAME`.
void print_authority(std::ostream& out, const control_proto::Ca& authority, Timestamp now);

}  // namespace certconnector::cli
