// How names stand in the certificates that we issue: the one place that decides it, for subjects
// and alternative names, requested or our own.
//
// A name that is right stays octet for octet. What can be kept is encoded anew: a wrong string type
// becomes the right one, and the attributes of an RDN get the order of DER. The order of the RDNs
// stays. At most 4096 octets for a distinguished name, and 8192 for the text of an alternative
// name: the agent can keep those and compare them in a renewal. The rest is malformed: the message
// is a predicate that names the field, the value and the rule, "CN \"...\" has 65 characters; ...".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/crypto/general_name.h"
#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

// `name`: DER Name. An empty one stays empty.
[[nodiscard]] Result<Bytes> issuable_name(ByteView name);

struct IssuableNames {
  Bytes der;                             // the extension's value
  std::vector<std::string> as_they_are;  // the URIs that break a rule and are named
};
// `names`: the value of a subjectAltName extension. A name that means the same as one of `named`
// (common/crypto/name_matching.h) is issued in that one's letters: the job, the challenge or the
// renewed certificate says how it is spelled. A URI among `named` passes as it is: a management
// cloud vouches for it.
[[nodiscard]] Result<IssuableNames> issuable_alternative_names(
    ByteView names, const std::vector<GeneralName>& named);

// The alternative names with those emailAddresses of the subject that they lack (RFC 5280 section
// 4.1.2.6), are mailboxes, and that `may` allows. `names`: the extension's value; empty: none, and
// so is an empty answer.
[[nodiscard]] Result<Bytes> with_subject_addresses(
    ByteView subject, ByteView names, const std::function<bool(const GeneralName&)>& may);

}  // namespace certconnector::crypto
