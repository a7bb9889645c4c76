// The requests to the NDES service, from any client with a certificate that the TLS of the service
// accepts. The first octet says which request the rest is.
#include <cstdlib>

#include "proto/registration/codec.h"

namespace {

namespace wire = certconnector::registration_wire;

void demand(bool condition) {
  if (!condition) std::abort();
}

bool fits(const std::string& transaction_id) {
  return !transaction_id.empty() && transaction_id.size() <= wire::kMaxTransactionId;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = certconnector::as_text({data + 1, size - 1});
  if (data[0] == 'c') {
    const auto request = wire::decode_challenge_request(text);
    demand(request.ok() ? !request->template_name.empty() : !request.error().message().empty());
  } else if (data[0] == 'v') {
    const auto request = wire::decode_verify_request(text);
    demand(request.ok() ? fits(request->transaction_id) && !request->pkcs10.empty() &&
                              request->pkcs10.size() <= wire::kMaxPkcs10
                        : !request.error().message().empty());
  } else {
    const auto told = wire::decode_notification(text);
    demand(told.ok()
               ? fits(told->transaction_id) &&
                     told->certificate.empty() != (told->disposition == wire::Disposition::success)
               : !told.error().message().empty());
  }
  return 0;
}
