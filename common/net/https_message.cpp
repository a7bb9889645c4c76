#include "common/net/https_message.h"

#include "common/text/letter_case.h"

namespace certconnector::net {

std::string HttpsAnswer::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (text::equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

}  // namespace certconnector::net
