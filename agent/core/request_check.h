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

// Only the comparison, and what no CA issues. Names compare as common/crypto/name_matching.h says;
// alternative names, EKUs and key usage bits as sets. A request SID that the job carries need not
// be among the expected names.
[[nodiscard]] std::optional<Failed> compare_request(const IssueRequest& issue,
                                                    const crypto::Pkcs10& request);

// A request asks for no usage beyond the bound; it may leave usages out.
[[nodiscard]] std::optional<Failed> check_bound(const UsageBound& bound,
                                                const crypto::Pkcs10& request);

// For another party's CA, which gets the request as it is and may copy whatever is in it: the
// request has only extensions of the allow-list, and asks for no usage beyond its bound. A CA of
// ours cuts the certificate to its template and to the bound instead.
[[nodiscard]] std::optional<Failed> check_for_foreign_ca(const UsageBound& at_most,
                                                         const crypto::Pkcs10& request);

}  // namespace certconnector::core
