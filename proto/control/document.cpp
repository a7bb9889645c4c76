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

}  // namespace

std::string success_document(std::string_view members) {
  Tree document = begin(true);
  Tree answer = Tree::parse(members, nullptr, false);
  if (!answer.is_object()) return text_of(document);
  for (auto& [name, value] : answer.items()) {
    document[name == "version" ? std::string("agent_version") : name] = std::move(value);
  }
  return text_of(document);
}

std::string error_document(const Problem& problem) {
  Tree document = begin(false);
  Tree& error = document["error"];
  error["code"] = problem.code;
  error["message"] = problem.message;
  error["remedy"] = problem.remedy;
  return text_of(document);
}

}  // namespace certconnector::control_proto
