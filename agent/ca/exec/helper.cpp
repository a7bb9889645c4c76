#include "agent/ca/exec/helper.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "agent/platform/process.h"
#include "common/text/without.h"

namespace certconnector::ca {
namespace {

constexpr std::size_t kMaxMessage = 500;
constexpr std::size_t kMaxCookie = 4096;
constexpr std::chrono::hours kLongestDelay{24};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The secrets' texts out of a program's output. A program may break the lines of base64 anew.
std::string hidden(const std::vector<std::string>& secrets, const std::string& words) {
  std::string dense = words;
  dense.erase(std::remove_if(dense.begin(), dense.end(),
                             [](char c) { return c == ' ' || c == '\r' || c == '\n'; }),
              dense.end());
  for (const std::string& secret : secrets) {
    for (const std::string* form : {&words, &std::as_const(dense)}) {
      std::string without = text::without(secret, *form);
      if (without != *form) return without;
    }
  }
  return words;
}

// A program's output for a log: short, one line, no control characters.
std::string one_line(const std::string& text) {
  std::string line = trimmed(text.substr(0, kMaxMessage));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::string message_of(const platform::ProgramOutcome& ran) {
  std::string said = one_line(ran.output);
  if (said.empty()) said = one_line(ran.errors);
  return said.empty() ? "the helper gives no reason" : "the helper says: " + said;
}

// "SECONDS\nCOOKIE". The CA has the request, so a delay out of bounds becomes the nearest one.
bool read_delay(const std::string& output, HelperAnswer& answer) {
  const std::size_t end = output.find('\n');
  const std::string first = trimmed(output.substr(0, end));
  std::int64_t seconds = 0;
  const auto [rest, error] = std::from_chars(first.data(), first.data() + first.size(), seconds);
  if (error == std::errc::invalid_argument || rest != first.data() + first.size()) return false;
  constexpr std::int64_t kMost = std::chrono::seconds(kLongestDelay).count();
  if (error == std::errc::result_out_of_range) seconds = first.front() == '-' ? 0 : kMost;
  answer.delay = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMost));
  answer.cookie = end == std::string::npos ? "" : trimmed(output.substr(end + 1));
  return true;
}

HelperAnswer other(std::string message) {
  HelperAnswer answer;
  answer.message = std::move(message);
  return answer;
}

HelperAnswer not_asked(std::string message) {
  HelperAnswer answer = other(std::move(message));
  answer.said = HelperSaid::not_asked;
  return answer;
}

// certmonger's own local-submit answers a request that it cannot read with 1 and no cookie.
HelperAnswer waiting(HelperAnswer answer, const platform::ProgramOutcome& ran) {
  if (answer.said == HelperSaid::wait) answer.cookie = trimmed(ran.output);
  if (answer.said == HelperSaid::wait_with_delay && !read_delay(ran.output, answer)) {
    return other("the helper ended with code 5, and its first line is no number of seconds; " +
                 message_of(ran));
  }
  if (answer.cookie.empty()) {
    return other("the helper asked to wait and gave no cookie; " + message_of(ran));
  }
  if (answer.cookie.size() > kMaxCookie) {
    return other("the helper's cookie is longer than 4096 octets");
  }
  // POLL could not give it back: an environment variable ends at a zero octet.
  if (answer.cookie.find('\0') != std::string::npos) {
    return other("the helper's cookie holds a zero octet");
  }
  return answer;
}

bool asks_to_wait(int code) {
  return code == static_cast<int>(HelperSaid::wait) ||
         code == static_cast<int>(HelperSaid::wait_with_delay);
}

HelperAnswer exited(platform::ProgramOutcome ran) {
  HelperAnswer answer;
  if (ran.code > static_cast<int>(HelperSaid::unsupported)) {
    return other("the helper ended with code " + std::to_string(ran.code) + "; " + message_of(ran));
  }
  answer.said = static_cast<HelperSaid>(ran.code);
  switch (answer.said) {
    case HelperSaid::done:
      answer.output = std::move(ran.output);
      return answer;
    case HelperSaid::wait:
    case HelperSaid::wait_with_delay:
      return waiting(std::move(answer), ran);
    default:
      answer.message = message_of(ran);
      return answer;
  }
}

HelperAnswer cut_off(const platform::ProgramOutcome& ran, Duration limit) {
  HelperAnswer answer;
  answer.said = HelperSaid::cut_off;
  switch (ran.end) {
    case platform::ProgramEnd::timed_out:
      answer.message = "the helper did not end in time (" +
                       std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) +
                       " s) and was killed";
      break;
    case platform::ProgramEnd::stopped:
      answer.message = "the agent stops, and killed the helper";
      break;
    case platform::ProgramEnd::too_much_output:
      answer.message = "the helper wrote more than 1 MiB and was killed";
      break;
    default:
      answer.message = "a signal ended the helper";
      break;
  }
  const std::string said = one_line(ran.errors);
  if (!said.empty()) answer.message += "; the helper says: " + said;
  return answer;
}

}  // namespace

Helper::Helper(std::string ca, ExecSettings settings, const Clock& clock)
    : ca_(std::move(ca)), settings_(std::move(settings)), clock_(clock) {}

HelperAnswer Helper::run(const std::string& operation, const HelperVariables& variables,
                         const core::CallContext& call,
                         const std::vector<std::string>& secrets) const {
  platform::ProgramCall program;
  program.path = settings_.helper;
  program.arguments = settings_.arguments();
  program.environment = platform::basic_environment();
  program.environment.push_back("CERTMONGER_OPERATION=" + operation);
  program.environment.push_back("CERTMONGER_CA_NICKNAME=" + ca_);
  for (const auto& [name, value] : variables) {
    // An environment variable ends at a zero octet.
    if (value.find('\0') != std::string::npos) return not_asked(name + " holds a zero octet");
    program.environment.push_back(std::string(name).append("=").append(value));
  }
  program.limit =
      std::min(settings_.deadline, call.deadline - std::min(clock_.now(), call.deadline));
  // A helper that starts only to be killed would leave its request in doubt.
  if (call.stop.stop_requested()) return not_asked("the agent stops, and did not run the helper");
  if (program.limit <= Duration(0)) return not_asked("no time was left to run the helper");
  // The file may have changed since the agent opened the CA.
  const Status usable = platform::check_program(program.path);
  if (!usable.ok()) return not_asked(usable.error().message());
  auto ran = platform::run_program(program, call.stop);
  if (!ran.ok()) return not_asked(ran.error().message());
  // Before a message is cut to its length: a part of the secret would not be found.
  ran->errors = hidden(secrets, ran->errors);
  if (ran->end != platform::ProgramEnd::exited) return cut_off(*ran, program.limit);
  if (ran->code == static_cast<int>(HelperSaid::done)) return exited(std::move(ran).value());
  std::string output = hidden(secrets, ran->output);
  if (asks_to_wait(ran->code) && output != ran->output) {
    return other("the helper's cookie holds the challenge password; a cookie is no secret");
  }
  ran->output = std::move(output);
  return exited(std::move(ran).value());
}

}  // namespace certconnector::ca
