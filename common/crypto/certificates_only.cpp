#include "common/crypto/certificates_only.h"

#include <utility>

#include "common/crypto/ber.h"
#include "common/crypto/cms.h"
#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

Result<std::vector<Certificate>> read_der(ByteView message) {
  std::vector<Certificate> certificates;
  const auto content = cms::read_content_info(message, cms::kSignedData);
  if (!content) return cms::malformed("is no SignedData");
  der::Reader reader(*content);
  const bool as_expected =
      reader.read_integer() && reader.read(der::kSet) && reader.read(der::kSequence);
  auto list = as_expected ? reader.enter(der::context(0)) : std::nullopt;
  while (list && !list->at_end()) {
    const auto one = list->read_element(der::kSequence);
    if (!one) break;
    CC_TRY_ASSIGN(auto certificate, Certificate::from_der(one->whole));
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) return cms::malformed("comes without certificates");
  return certificates;
}

}  // namespace

Result<std::vector<Certificate>> read_certificates_only(ByteView message) {
  if (message.size() > kMaxCmsSize) return cms::malformed("is larger than 131072 octets");
  auto read = read_der(message);
  if (read.ok()) return read;
  const auto converted = der::from_ber(message);
  if (!converted || ByteView(*converted) == message) return read;
  return read_der(*converted);
}

}  // namespace certconnector::crypto
