#include "agent/ca/exec/helper_output.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/ca/ca_errors.h"
#include "common/crypto/certificates_only.h"
#include "common/text/base64.h"

namespace certconnector::ca {
namespace {

using Certificates = std::vector<crypto::Certificate>;

Result<Certificates> read_certificates(const std::string& output) {
  constexpr std::string_view kPkcs7 = "-----BEGIN PKCS7-----";
  constexpr std::string_view kPkcs7End = "-----END PKCS7-----";
  const std::size_t begin = output.find(kPkcs7);
  const std::size_t end = output.find(kPkcs7End);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    return crypto::Certificate::all_from_pem(output);
  }
  std::string body = output.substr(begin + kPkcs7.size(), end - begin - kPkcs7.size());
  body.erase(std::remove_if(body.begin(), body.end(),
                            [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
             body.end());
  const auto der = text::from_base64(body);
  if (!der) return Error(CaErrc::bad_certificate, ErrorKind::permanent, "bad base64 in the PKCS7");
  return crypto::read_certificates_only(*der);
}

}  // namespace

Result<crypto::Certificate> issued_certificate(const std::string& output,
                                               ByteView public_key_info) {
  CC_TRY_ASSIGN(Certificates all, read_certificates(output));
  auto chosen = std::find_if(all.begin(), all.end(), [&](const crypto::Certificate& one) {
    return ByteView(one.public_key_info()) == public_key_info;
  });
  if (chosen == all.end()) {
    chosen = std::find_if(all.begin(), all.end(),
                          [](const crypto::Certificate& one) { return !one.is_ca(); });
  }
  return std::move(chosen == all.end() ? all.front() : *chosen);
}

}  // namespace certconnector::ca
