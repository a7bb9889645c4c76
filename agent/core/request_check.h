// Checks each PKCS#10 request before a CA sees it: it parses and proves possession, it asks only
// for allowed extensions, and it has the content that the job expects.
#pragma once

#include <optional>
#include <variant>

#include "agent/core/job.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::core {

// The request, ready for a CA, or why the job fails.
using CheckedRequest = std::variant<crypto::Pkcs10, Failed>;

// Takes the DER out of `issue`.
[[nodiscard]] CheckedRequest check_request(IssueRequest& issue);

// Why a PKCS#10 that the parser refused cannot be used.
[[nodiscard]] Failed unreadable_request(const Error& error);

// Only the comparison. Names compare by their parsed attributes in order, values exactly;
// alternative names, EKUs and key usage bits as sets. A request SID that the job carries need not
// be among the expected names. A request asks for no more than it may have at most; it may leave
// usages out, and the CA keeps to the bound.
[[nodiscard]] std::optional<Failed> compare_request(const IssueRequest& issue,
                                                    const crypto::Pkcs10& request);

}  // namespace certconnector::core
