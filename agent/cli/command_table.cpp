#include <iterator>

#include "agent/cli/command.h"

namespace certconnector::cli {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = [] {
    std::vector<Command> all;
    for (auto* topic :
         {status_commands, job_commands, ca_commands, certificate_commands, lineage_commands,
          scep_commands, challenge_commands, agent_commands, completion_commands}) {
      auto commands = topic();
      all.insert(all.end(), std::make_move_iterator(commands.begin()),
                 std::make_move_iterator(commands.end()));
    }
    return all;
  }();
  return kCommands;
}

}  // namespace certconnector::cli
