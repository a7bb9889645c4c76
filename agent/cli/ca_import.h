// `ca import` and `ca adopt`: a CA that was in use elsewhere, and what it did there.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include "agent/cli/exit_code.h"
#include "agent/cli/session.h"

namespace certconnector::cli {

void import_options(boost::program_options::options_description& options);
ExitCode run_import(Session& session, const boost::program_options::variables_map& values);
void adopt_options(boost::program_options::options_description& options);
ExitCode run_adopt(Session& session, const boost::program_options::variables_map& values);

}  // namespace certconnector::cli
