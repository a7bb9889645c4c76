#include "tests/endpoint/strict_json.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;
constexpr int kMaxDepth = 64;

// Sees every event of the parser; remembers the first thing that the strict form forbids.
class StrictCheck {
 public:
  bool operator()(int depth, json::parse_event_t event, json& value) {
    if (depth > kMaxDepth) complaint_ = "is nested deeper than 64 levels";
    if (event == json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == json::parse_event_t::key) {
      if (!keys_.back().insert(value.get_ref<const std::string&>()).second) {
        complaint_ = "repeats a key in one object";
      }
    }
    return true;
  }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  std::vector<std::unordered_set<std::string>> keys_;
  std::string complaint_;
};

Error malformed(std::string message) {
  return {EndpointErrc::malformed, ErrorKind::permanent, std::move(message)};
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF")
    return malformed("the JSON starts with a byte order mark");
  StrictCheck check;
  try {
    json value = json::parse(text.begin(), text.end(), std::ref(check));
    if (!check.complaint().empty()) return malformed("the JSON " + check.complaint());
    return value;
  } catch (const json::parse_error& e) {
    return malformed("the body is not JSON (first error at octet " + std::to_string(e.byte) + ")");
  }
}

std::string dump_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace certconnector::endpoint
