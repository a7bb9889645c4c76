// Prints the findings.
#pragma once

#include <iosfwd>

#include "agent/doctor/examination.h"

namespace certconnector::doctor {

// For a person: a line for each finding, its remedy below it, and a last line that sums up.
void print(std::ostream& out, const Examination& examination);
// As certconnector(1) has it, on a line.
void print_json(std::ostream& out, const Examination& examination);

}  // namespace certconnector::doctor
