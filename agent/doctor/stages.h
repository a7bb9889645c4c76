// The checks, a function for each group. All read, and change nothing.
#pragma once

#include "agent/doctor/examination.h"
#include "agent/doctor/parts.h"

namespace certconnector::doctor {

// As the caller, who may ask the agent and sees all processes.
// Of Parts::connect: false where this user may not ask.
[[nodiscard]] bool tells_that_none_runs(const Error& error);
void examine_agent(const Subject& subject, const Parts& parts, Examination& examination);
// Nothing elsewhere than on Windows.
void examine_windows(const Parts& parts, Examination& examination);
void examine_ndes(const Parts& parts, Examination& examination);
void examine_listeners(const Subject& subject, const Parts& parts, Examination& examination);

// As the agent's user: they tell what the agent would find.
void examine_notes(const Subject& subject, Examination& examination);
void examine_files(const Subject& subject, const Parts& parts, Examination& examination);
void examine_disk(const Subject& subject, const Parts& parts, Examination& examination);
void examine_database(const Subject& subject, Examination& examination);
void examine_certificates(const Subject& subject, const Parts& parts, Examination& examination);
void examine_clock(const Parts& parts, Examination& examination);
// And the clock of the endpoint that answers.
void examine_endpoint(const Subject& subject, const Parts& parts, Examination& examination);
void examine_web(const Subject& subject, const Parts& parts, Examination& examination);

}  // namespace certconnector::doctor
