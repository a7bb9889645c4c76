#include "agent/cli/completion_values.h"

#include <algorithm>

namespace certconnector::cli {

namespace {

struct Rule {
  std::string_view command;  // one, or all that begin with it and a blank; empty: every one
  std::string_view name;
  Values values;
};

// The first that fits counts.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules{
      // Arguments.
      {"jobs approve", "id", {ValueKind::waiting_jobs}},
      {"jobs deny", "id", {ValueKind::waiting_jobs}},
      {"jobs", "id", {ValueKind::jobs}},
      {"certs", "id", {ValueKind::certificates}},
      {"challenge", "id", {ValueKind::challenges}},
      {"ca", "name", {ValueKind::cas}},
      {"scep", "name", {ValueKind::services}},
      {"scep", "what", {ValueKind::any}},
      {"enroll", "token", {ValueKind::any}},
      {"backup", "folder", {ValueKind::folders}},
      {"restore", "folder", {ValueKind::folders}},
      {"config", "file", {ValueKind::files}},
      {"completion", "shell", {ValueKind::words, {"bash", "zsh", "fish"}}},
      // Options.
      {"", "socket", {ValueKind::files}},
      {"ca import", "key", {ValueKind::files}},
      {"ca create",
       "key",
       {ValueKind::words,
        {"rsa:2048", "rsa:3072", "rsa:4096", "rsa:8192", "ec:256", "ec:384", "ec:521"}}},
      {"", "certificate", {ValueKind::files}},
      {"", "pkcs12", {ValueKind::files}},
      {"", "passphrase-file", {ValueKind::files}},
      {"", "crl", {ValueKind::files}},
      {"", "issued", {ValueKind::files}},
      {"", "out", {ValueKind::files}},
      {"", "token-file", {ValueKind::files}},
      {"", "challenge-file", {ValueKind::files}},
      {"", "ca-file", {ValueKind::files}},
      {"", "config", {ValueKind::files}},
      {"doctor",
       "area",
       {ValueKind::words,
        {"configuration", "agent", "files", "disk", "database", "certificates", "clock", "endpoint",
         "listeners", "web", "service", "windows", "ndes"}}},
      {"", "format", {ValueKind::words, {"der", "pem"}}},
      {"", "ca", {ValueKind::cas}},
      {"", "service", {ValueKind::services}},
      {"", "template", {ValueKind::templates}},
      {"", "lineage", {ValueKind::certificates}},
      {"",
       "state",
       {ValueKind::words,
        {"queued", "running", "waiting", "held", "succeeded", "failed", "dead", "canceled",
         "reported"}}},
      {"", "outcome", {ValueKind::words, {"succeeded", "failed", "dead", "canceled"}}},
      {"", "type", {ValueKind::words, {"issue", "revoke"}}},
      {"", "source", {ValueKind::words, {"management", "local", "scep"}}},
      {"certs revoke",
       "reason",
       {ValueKind::words,
        {"unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation",
         "certificateHold", "removeFromCRL", "privilegeWithdrawn"}}},
      {"jobs deny", "reason", {ValueKind::any}},
      {"", "instance", {ValueKind::any}},
      {"", "device", {ValueKind::any}},
      {"", "transaction", {ValueKind::any}},
      {"", "subject", {ValueKind::any}},
      {"", "san", {ValueKind::any}},
      {"", "valid", {ValueKind::any}},
      {"", "since", {ValueKind::any}},
      {"", "until", {ValueKind::any}},
      {"", "limit", {ValueKind::any}},
      {"", "after", {ValueKind::any}},
      {"", "number", {ValueKind::any}},
      {"", "count", {ValueKind::any}},
      {"", "days", {ValueKind::any}},
      {"", "url", {ValueKind::any}},
  };
  return kRules;
}

bool is_for(const Rule& rule, std::string_view command) {
  const std::size_t size = rule.command.size();
  return size == 0 || (command.substr(0, size) == rule.command &&
                       (command.size() == size || command[size] == ' '));
}

}  // namespace

const Values* values_of(std::string_view command, std::string_view name) {
  const auto& all = rules();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Rule& rule) {
    return rule.name == name && is_for(rule, command);
  });
  return found == all.end() ? nullptr : &found->values;
}

}  // namespace certconnector::cli
