// The index of `openssl ca` and easy-rsa (index.txt): a line for each certificate, with its end,
// its revocation and its serial number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::cli {

struct IndexLine {
  enum class State { valid, revoked, expired };
  State state = State::valid;
  std::string serial;  // hexadecimal, as it stands there
  Timestamp not_after;
  Timestamp revoked_at;  // of a revoked one, as the two below
  std::string reason;    // RFC 5280's name; empty: none
  std::optional<Timestamp> invalidity_date;
};

inline constexpr std::size_t kMaxIndexLine = 65536;  // octets

// Nothing: a comment, or an empty line. Error, permanent: what cannot be read in it.
[[nodiscard]] Result<std::optional<IndexLine>> parse_index_line(std::string_view line);

}  // namespace certconnector::cli
