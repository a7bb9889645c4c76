#include "agent/scep/query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/scep/message.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/text/letter_case.h"

namespace certconnector::scep {
namespace {

constexpr std::size_t kLongestOperationName = 32;

struct NamedOperation {
  Operation operation;
  std::string_view name;  // in lower case
};

constexpr std::array<NamedOperation, 4> kOperations{{
    {Operation::get_ca_caps, "getcacaps"},
    {Operation::get_ca_cert, "getcacert"},
    {Operation::get_next_ca_cert, "getnextcacert"},
    {Operation::pki_operation, "pkioperation"},
}};

Error malformed_query(std::string what) {
  return {ScepErrc::malformed, ErrorKind::permanent, "the SCEP query " + std::move(what)};
}

std::optional<std::string> resolve_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const auto octet = text::from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out.push_back(static_cast<char>(octet->front()));
    i += 2;
  }
  return out;
}

std::optional<Operation> find_operation(std::string_view name) {
  const std::string wanted = text::to_lower(name);
  const auto* found =
      std::find_if(kOperations.begin(), kOperations.end(),
                   [&](const NamedOperation& known) { return known.name == wanted; });
  return found == kOperations.end() ? std::nullopt : std::optional(found->operation);
}

Status take_parameter(std::string_view parameter, Query& query) {
  const auto equals = parameter.find('=');
  const std::string name = text::to_lower(parameter.substr(0, equals));
  if (name != "operation" && name != "message") return {};
  auto value = resolve_escapes(equals == std::string_view::npos ? std::string_view()
                                                                : parameter.substr(equals + 1));
  if (!value) return malformed_query("has a percent sign without two hexadecimal digits");
  std::string& field = name == "message" ? query.message : query.operation_name;
  if (!field.empty()) return malformed_query("has the parameter " + name + " twice");
  field = std::move(*value);
  return {};
}

}  // namespace

Result<Query> parse_query(std::string_view query) {
  if (query.size() > kMaxQuery) return malformed_query("is longer than 65534 octets");
  query.remove_prefix(std::min(query.find_first_not_of('?'), query.size()));
  Query parsed;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    CC_TRY(take_parameter(query.substr(0, end), parsed));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  parsed.operation = find_operation(parsed.operation_name);
  parsed.operation_name.resize(std::min(parsed.operation_name.size(), kLongestOperationName));
  return parsed;
}

Result<Bytes> decode_message(std::string_view message) {
  std::string base64;
  base64.reserve(message.size() + 2);
  for (const char c : message) {
    if (c == '\r' || c == '\n' || c == '\t') continue;
    base64.push_back(c == ' ' ? '+' : c);
  }
  while (base64.size() % 4 != 0 && base64.size() % 4 != 1) base64.push_back('=');
  auto decoded = text::from_base64(base64);
  if (!decoded) return malformed_query("has a message that is not base64");
  return std::move(*decoded);
}

}  // namespace certconnector::scep
