// A command uses its session to ask the agent, to print and to fail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/cli/exit_code.h"
#include "agent/cli/paint.h"
#include "agent/cli/surroundings.h"
#include "proto/control/codec.h"
#include "proto/control/envelope.h"

namespace certconnector::cli {

struct GlobalOptions {
  std::string socket_path;
  bool json = false;
  std::optional<Duration> patience = {};  // for an answer; none: what the command needs
};

// An error, for people and for scripts.
struct Trouble {
  ExitCode exit_code = ExitCode::failed;
  control_proto::Problem problem;
};

template <typename T>
struct Reply {
  T result;
};

class Session {
 public:
  Session(Surroundings& around, GlobalOptions options);

  [[nodiscard]] Surroundings& around() const { return around_; }
  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] std::ostream& out() const { return around_.out; }
  [[nodiscard]] const Paint& paint() const { return paint_; }
  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] Timestamp now() const { return around_.clock.wall(); }

  // Asks the agent; connects before the first call. Nothing: it failed, see trouble().
  template <typename T, typename Arguments = control_proto::NoArguments>
  [[nodiscard]] std::optional<Reply<T>> ask(std::string_view command,
                                            const Arguments& arguments = {});
  [[nodiscard]] const Trouble& trouble() const { return trouble_; }

  // Prints the trouble and returns its exit code.
  ExitCode report();
  ExitCode report(const Trouble& trouble);
  // For errors in the arguments or in a file of the caller.
  ExitCode usage_error(std::string_view message);
  ExitCode failure(std::string_view message, std::string_view remedy);
  // With --json it prints the result as a document (proto/control/document.h), on one line. Else it
  // calls `print`.
  template <typename T, typename Print>
  ExitCode show(const std::optional<Reply<T>>& reply, Print print) {
    if (!reply) return report();
    if (json()) {
      print_json(control_proto::document(reply->result));
    } else {
      print(reply->result);
    }
    return ExitCode::ok;
  }
  // On one line, without characters that steer a terminal or mislead a reader.
  void print_json(std::string_view json) const;

 private:
  [[nodiscard]] std::optional<std::string> ask_text(std::string_view command,
                                                    std::string arguments);
  void fail(const Error& error);

  Surroundings& around_;
  GlobalOptions options_;
  Paint paint_;
  std::unique_ptr<control::ControlClient> client_;
  Trouble trouble_;
};

template <typename T, typename Arguments>
std::optional<Reply<T>> Session::ask(std::string_view command, const Arguments& arguments) {
  const auto text = ask_text(command, control_proto::encode(arguments));
  if (!text) return std::nullopt;
  auto result = control_proto::decode_result<T>(*text);
  if (!result) {
    fail(result.error());
    return std::nullopt;
  }
  return Reply<T>{std::move(*result)};
}

}  // namespace certconnector::cli
