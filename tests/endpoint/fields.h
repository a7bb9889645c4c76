// Reads the members of one JSON object and remembers the first complaint, so that a handler asks
// once.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::endpoint {

// Characters that a text member may have.
enum class Alphabet { any, identifier /* [A-Za-z0-9._:-] */, hex };

// Unknown members are ignored. After a complaint every further answer is an empty value. `object`
// must outlive it.
class Fields {
 public:
  explicit Fields(const nlohmann::json& object);

  [[nodiscard]] std::string text(std::string_view name, std::size_t min, std::size_t max,
                                 Alphabet alphabet = Alphabet::any);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name, std::size_t max,
                                                         Alphabet alphabet = Alphabet::any);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name,
                                                             std::int64_t min, std::int64_t max);
  [[nodiscard]] bool flag(std::string_view name);  // false when absent
  [[nodiscard]] Bytes base64(std::string_view name, std::size_t max_octets);
  [[nodiscard]] std::optional<Timestamp> optional_time(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::size_t max_items,
                                               std::size_t max_length, Alphabet alphabet);
  // The array itself; nullptr (with a complaint) when it is not one or is too long.
  [[nodiscard]] const nlohmann::json* array(std::string_view name, std::size_t max_items);

  void complain(std::string_view name, std::string_view what);
  [[nodiscard]] bool ok() const { return complaint_.empty(); }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  const nlohmann::json* find(std::string_view name);

  const nlohmann::json& object_;
  std::string complaint_;
};

[[nodiscard]] bool matches(std::string_view text, Alphabet alphabet);

}  // namespace certconnector::endpoint
