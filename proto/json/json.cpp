#include "proto/json/json.h"

#include <nlohmann/json.hpp>

#include "proto/json/plain_reader.h"
#include "proto/json/plain_text.h"
#include "proto/json/tree_builder.h"

namespace certconnector::json {

ErrorCode error_code(JsonErrc errc) {
  switch (errc) {
    case JsonErrc::malformed:
      return {"json", "malformed"};
    case JsonErrc::too_large:
      return {"json", "too_large"};
    case JsonErrc::too_deep:
      return {"json", "too_deep"};
    case JsonErrc::repeated_key:
      return {"json", "repeated_key"};
    case JsonErrc::bad_field:
      return {"json", "bad_field"};
  }
  return {"json", "unknown"};
}

namespace {

bool has_byte_order_mark(std::string_view text) { return text.substr(0, 3) == "\xEF\xBB\xBF"; }

}  // namespace

Result<nlohmann::json> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_size) {
    return Error(JsonErrc::too_large, ErrorKind::permanent,
                 "the text has " + std::to_string(text.size()) + " octets, the limit is " +
                     std::to_string(limits.max_size));
  }
  if (has_byte_order_mark(text)) {
    return Error(JsonErrc::malformed, ErrorKind::permanent,
                 "the text begins with a byte order mark, which RFC 8259 forbids");
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    // The library takes it for the end of the text and would not see what follows.
    return Error(JsonErrc::malformed, ErrorKind::permanent,
                 "the text is not JSON in UTF-8, at octet " + std::to_string(nul + 1));
  }
  {
    // A tree that is given up is freed before the next one grows.
    TreeBuilder plain(limits);
    if (read_plain(text, plain)) return std::move(plain).take();
  }
  TreeBuilder builder(limits);
  // Its answer says no more than take().
  static_cast<void>(nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &builder));
  return std::move(builder).take();
}

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string dump_text(std::string_view text) {
  if (!is_plain(text)) return dump(text);
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  out += text;
  out += '"';
  return out;
}

}  // namespace certconnector::json
