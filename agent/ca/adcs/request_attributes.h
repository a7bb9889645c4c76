// The attributes of a request for AD CS: lines of Name:Value (MS-WCCE section 3.2.1.4.2.1.2).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/core/job.h"
#include "common/result/result.h"

namespace certconnector::ca {

struct AttributesWanted {
  std::string template_name;  // the template's name at the CA, not its display name
  std::optional<std::chrono::seconds> validity;
  core::IdempotencyKey key{};
};

// Not empty, UTF-8, and without characters that begin a line or hide.
[[nodiscard]] bool fits_attribute(const std::string& value);

// By which find() knows the request again: the CA keeps attributes that it does not know.
[[nodiscard]] std::string job_attribute(const core::IdempotencyKey& key);
// Whether the attributes of a request, as the CA keeps them, name the job: by its digits alone,
// since a CA heeds neither blanks, hyphens nor the letter case of a name.
[[nodiscard]] bool names_job(const std::string& attributes, const core::IdempotencyKey& key);

// Never a SAN attribute: where a CA heeds one, it would add names that nobody validated. The CA
// takes a line break in a value for the end of it, so that such a value is an error: permanent,
// refused.
[[nodiscard]] Result<std::string> request_attributes(const AttributesWanted& wanted);

}  // namespace certconnector::ca
