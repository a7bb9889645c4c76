// Subject alternative names, RFC 5280 section 4.2.1.6, those kinds that device certificates use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

// The numbers are on disk, in stored requests: a kind keeps its number for ever.
enum class GeneralNameKind {
  dns = 0,
  email = 1,
  uri = 2,
  ip = 3,
  upn = 4,
  directory = 5,
  other = 6
};

struct GeneralName {
  GeneralNameKind kind = GeneralNameKind::dns;
  std::string value;  // text; ip as "192.0.2.1" or "2001:db8::1" (RFC 5952); directory as RFC 4514;
                      // other as hex of its DER
  friend bool operator==(const GeneralName& a, const GeneralName& b) {
    return a.kind == b.kind && a.value == b.value;
  }
  friend bool operator<(const GeneralName& a, const GeneralName& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.value < b.value;
  }
};

// "dns", "email", "uri", "ip", "upn", "directory", "other": configuration, wire and messages.
[[nodiscard]] std::string_view to_string(GeneralNameKind kind);

// "KIND:VALUE", as people write a name: "dns:device.example".
[[nodiscard]] std::string to_text(const GeneralName& name);
// The name in its canonical form. Malformed: no such kind (`other` is none), or the value is none
// of its kind.
[[nodiscard]] Result<GeneralName> general_name_from_text(std::string_view text);

// `der` is the extension's value: SEQUENCE OF GeneralName. At most 100 names.
[[nodiscard]] Result<std::vector<GeneralName>> parse_general_names(ByteView der);
// Encodes for tests and tools; kind `other` is not encoded.
[[nodiscard]] Result<Bytes> encode_general_names(const std::vector<GeneralName>& names);
// The name as parse_general_names would give it, so that values that people typed compare equal to
// those of a request: IPv6 in the form of RFC 5952, a directory name in our RFC 4514. Malformed:
// the value is none of its kind.
[[nodiscard]] Result<GeneralName> canonical(const GeneralName& name);

}  // namespace certconnector::crypto
