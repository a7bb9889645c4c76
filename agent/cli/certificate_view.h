// Issued certificates as a table, and one in full.
#pragma once

#include <iosfwd>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

void print_certificates(std::ostream& out, const control_proto::CertsListResult& result,
                        Timestamp now, const Paint& paint);
void print_certificate(std::ostream& out, const control_proto::Certificate& certificate,
                       Timestamp now, const Paint& paint);

}  // namespace certconnector::cli
