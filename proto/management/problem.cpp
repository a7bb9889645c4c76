#include <nlohmann/json.hpp>

#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

constexpr std::size_t kMaxProblemSize = std::size_t{64} * 1024;
constexpr json::TextRule kCode = {1, 64, json::is_id_character, "A-Z a-z 0-9 . _ : -"};
constexpr json::TextRule kText = {0, 2048, nullptr, {}, true};

}  // namespace

std::optional<Problem> decode_problem(std::string_view body) {
  const auto value = json::parse(body, {kMaxProblemSize, 8, 1000});
  if (!value || !value->is_object()) return std::nullopt;
  json::Problems ignored;
  json::ObjectReader reader(*value, ignored);
  Problem problem;
  problem.code = reader.optional("code").text(kCode).value_or("");
  problem.title = reader.optional("title").text(kText).value_or("");
  problem.detail = reader.optional("detail").text(kText).value_or("");
  if (problem.code.empty() && problem.title.empty() && problem.detail.empty()) return std::nullopt;
  return problem;
}

}  // namespace certconnector::management
