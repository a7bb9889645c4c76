// PKCS#10 requests from a folder, for jobs in bulk.
#pragma once

#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::endpoint {

struct RequestFile {
  std::string name;  // of the file, without its folder and suffix
  Bytes der;
};

// Files *.csr, *.p10, *.pem and *.der, in the order of their names. A *.pem that holds no request
// (a key, a certificate) is passed over; any other file that is no request is an error, and so is a
// folder without any.
[[nodiscard]] Result<std::vector<RequestFile>> read_request_files(const std::string& folder);

// The request's subject as RFC 4514 text.
[[nodiscard]] Result<std::string> subject_of_request(ByteView der);

}  // namespace certconnector::endpoint
