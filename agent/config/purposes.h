// Extended key usages and object identifiers as people write them in a configuration file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config/values.h"

namespace certconnector::config {

// "1.3.6.1.5.5.7.3.2", at most 128 octets.
[[nodiscard]] bool is_object_identifier(const std::string& text);

// "clientAuth,1.3.6.1.4.1.311.10.3.4" as dotted object identifiers, each once.
[[nodiscard]] Complaint read_purpose_list(const std::string& value, std::vector<std::string>& oids);
[[nodiscard]] std::string write_purpose_list(const std::vector<std::string>& oids);

// Object identifiers alone, each once; an empty text has none.
[[nodiscard]] Complaint read_oid_list(const std::string& value, std::vector<std::string>& oids);
[[nodiscard]] Complaint check_oid(const std::string& value);  // or empty

// The complaint about a name that is not among the known ones, with the nearest of them.
[[nodiscard]] Complaint unknown_name(const std::string& what, const std::string& name,
                                     const std::vector<std::string>& known);
void add_to_list(std::string& list, std::string_view item);

}  // namespace certconnector::config
