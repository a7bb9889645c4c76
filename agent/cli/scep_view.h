// SCEP services and enrollments as tables and sentences.
#pragma once

#include <iosfwd>
#include <vector>

#include "agent/cli/paint.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

// One row for each, for `status`.
void print_services(std::ostream& out, const std::vector<control_proto::ScepService>& services,
                    Timestamp now, const Paint& paint);
// With addresses, switches and warnings, for `scep list`.
void print_service_list(std::ostream& out, const control_proto::ScepListResult& result,
                        Timestamp now, const Paint& paint);
void print_caps(std::ostream& out, const control_proto::ScepCapsResult& caps, const Paint& paint);
void print_enrollments(std::ostream& out, const control_proto::ScepExplainResult& found,
                       Timestamp now, const Paint& paint);
void print_scep_test(std::ostream& out, const control_proto::ScepTestResult& test,
                     const Paint& paint);

}  // namespace certconnector::cli
