#include <ostream>

#include "agent/cli/command.h"
#include "agent/cli/completion_scripts.h"
#include "agent/cli/option_values.h"
#include "proto/control/messages.h"

namespace certconnector::cli {

namespace {

ExitCode run_completion(Session& session, const po::variables_map& values) {
  const auto shell = one_positional(values, "shell");
  if (!shell) return session.usage_error("say which shell: bash, zsh or fish");
  const std::string_view script = completion_script(*shell);
  if (script.empty()) {
    return session.usage_error("there is no completion for '" + *shell +
                               "'; there is one for bash, zsh and fish");
  }
  if (session.json()) {
    session.print_json(
        control_proto::document(control_proto::CompletionResult{*shell, std::string(script)}));
  } else {
    session.out() << script;
  }
  return ExitCode::ok;
}

}  // namespace

std::vector<Command> completion_commands() {
  return {
      {"completion",
       "Print the script that completes command lines in bash, zsh or fish",
       "bash|zsh|fish",
       "The Debian package installs all three. Elsewhere, put the script where your shell reads "
       "it.\n"
       "It completes commands, options, files, and the names and ids that the running agent knows.",
       "certconnector completion bash > ~/.local/share/bash-completion/completions/certconnector\n"
       "certconnector completion zsh > ~/.zfunc/_certconnector\n"
       "certconnector completion fish > ~/.config/fish/completions/certconnector.fish",
       no_options,
       {{"shell", 1}},
       run_completion},
  };
}

}  // namespace certconnector::cli
