#include "proto/control/document.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace certconnector::control_proto {

namespace {

using Tree = nlohmann::ordered_json;

Tree begin(bool ok) {
  Tree document;
  document["version"] = kDocumentVersion;
  document["ok"] = ok;
  return document;
}

std::string text_of(const Tree& document) {
  return document.dump(-1, ' ', false, Tree::error_handler_t::replace);
}

void add(Tree& document, std::string_view members) {
  Tree answer = Tree::parse(members, nullptr, false);
  if (!answer.is_object()) return;
  for (auto& [name, value] : answer.items()) {
    document[name == "version" ? std::string("agent_version") : name] = std::move(value);
  }
}

}  // namespace

std::string success_document(std::string_view members) {
  Tree document = begin(true);
  add(document, members);
  return text_of(document);
}

std::string error_document(const Problem& problem, std::string_view members) {
  Tree document = begin(false);
  Tree& error = document["error"];
  error["code"] = problem.code;
  error["message"] = problem.message;
  error["remedy"] = problem.remedy;
  add(document, members);
  return text_of(document);
}

}  // namespace certconnector::control_proto
