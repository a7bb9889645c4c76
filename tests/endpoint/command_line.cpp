#include "tests/endpoint/command_line.h"

#include <array>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

namespace certconnector::endpoint {
namespace {

namespace po = boost::program_options;

struct Verb {
  const char* name;
  const char* summary;
  int (*run)(const Arguments&);
};

constexpr std::array<Verb, 15> kVerbs{
    {{"serve", "run the endpoint", serve},
     {"token", "make an onboarding token", make_token},
     {"challenge", "mint a SCEP challenge password for one device", mint_challenge},
     {"challenge-keys", "print the public keys that challenges are trusted under",
      show_challenge_keys},
     {"roll-challenge-key", "sign challenges with a new key from now on", roll_challenge_key},
     {"queue-issue", "queue an issue job for each request of a folder", queue_issue},
     {"queue-revoke", "queue revoke jobs", queue_revoke},
     {"wait", "wait until a number of jobs is finished", wait_for_results},
     {"results", "write the certificates and results to a folder", fetch_results},
     {"enrollments", "list the enrollments of devices that agents reported", list_enrollments},
     {"summary", "show how many jobs are in which state", show_summary},
     {"faults", "set faults (name=value ...), or show them", set_faults},
     {"agents", "list the enrolled agents", list_agents},
     {"add-agent", "admit an agent by a certificate of another CA", add_agent},
     {"revoke-agent", "refuse an agent from now on", revoke_agent}}};

int print_usage(std::ostream& out) {
  out << "certconnector-endpoint: the reference management endpoint\n\n"
         "usage: certconnector-endpoint VERB [options]; VERB --help tells more\n\n";
  for (const Verb& verb : kVerbs) out << "  " << verb.name << ": " << verb.summary << "\n";
  return 2;
}

std::optional<Duration> unit_of(const std::string& name) {
  using std::chrono::hours;
  if (name == "ms") return Duration(1);
  if (name == "s") return std::chrono::seconds(1);
  if (name == "m") return std::chrono::minutes(1);
  if (name == "h") return hours(1);
  if (name == "d") return hours(24);
  return std::nullopt;
}

}  // namespace

std::istream& operator>>(std::istream& in, Span& span) {
  std::string text;
  in >> text;
  std::int64_t count = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  const auto unit = unit_of(text.substr(static_cast<std::size_t>(rest - text.data())));
  if (failed != std::errc() || !unit || count > 1000000000 || count < -1000000000) {
    in.setstate(std::ios::failbit);
    return in;
  }
  span.value = *unit * count;
  return in;
}

po::options_description client_options() {
  po::options_description options("options");
  options.add_options()("help", "show this")(
      "state", po::value<std::string>()->required(),
      "state directory of the running endpoint (address and token are read from it)");
  return options;
}

po::variables_map read_options(const Arguments& arguments, const po::options_description& options,
                               const std::string& positional, bool& help) {
  po::positional_options_description unnamed;
  if (!positional.empty()) unnamed.add(positional.c_str(), -1);
  po::variables_map values;
  po::store(po::command_line_parser(arguments).options(options).positional(unnamed).run(), values);
  help = values.count("help") != 0;
  if (help) {
    std::cout << options;
  } else {
    po::notify(values);
  }
  return values;
}

int run_command(const Arguments& arguments) {
  if (arguments.empty()) return print_usage(std::cerr);
  if (arguments.front() == "--help" || arguments.front() == "help") {
    print_usage(std::cout);
    return 0;
  }
  for (const Verb& verb : kVerbs) {
    if (arguments.front() != verb.name) continue;
    try {
      return verb.run(Arguments(arguments.begin() + 1, arguments.end()));
    } catch (const po::error& e) {
      std::cerr << "certconnector-endpoint " << verb.name << ": " << e.what() << "\n";
      return 2;
    }
  }
  std::cerr << "certconnector-endpoint: there is no verb '" << arguments.front() << "'\n\n";
  return print_usage(std::cerr);
}

int report(const Error& error) {
  std::cerr << "certconnector-endpoint: " << error.message() << "\n";
  return 1;
}

int print(const Result<nlohmann::json>& answer) {
  if (!answer) return report(answer.error());
  std::cout << answer->dump(2) << "\n";
  return 0;
}

}  // namespace certconnector::endpoint
