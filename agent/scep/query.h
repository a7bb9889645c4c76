// The query of a SCEP request, RFC 8894 section 4.1, as clients really write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::scep {

inline constexpr std::size_t kMaxQuery = 65534;  // octets: what NDES is set up to take

enum class Operation { get_ca_caps, get_ca_cert, get_next_ca_cert, pki_operation };

struct Query {
  std::optional<Operation> operation;  // nothing: none was named, or one that SCEP does not have
  std::string operation_name;          // as it was sent, at most 32 characters
  std::string message;                 // percent escapes resolved; empty: none
};

// Names and the operation in any letter case. Skips parameters that SCEP does not have, and '?' at
// the start: a device appends its query to an address that was given to it with a '?'. A '+' stays
// a '+': messages are base64, and this is no form. Errors, permanent: malformed (too long, a bad
// percent escape, a parameter twice).
[[nodiscard]] Result<Query> parse_query(std::string_view query);

// The pkiMessage of a GET: base64 with or without line breaks and padding. Some proxies make a
// space of a '+'; this restores it. Errors, permanent: malformed.
[[nodiscard]] Result<Bytes> decode_message(std::string_view message);

}  // namespace certconnector::scep
