// The query of a SCEP GET and the message in it: what anybody on the network can send first.
#include <cstdlib>

#include "agent/scep/certificate_reference.h"
#include "agent/scep/message.h"
#include "agent/scep/query.h"

namespace {

namespace scep = certconnector::scep;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const certconnector::ByteView input(data, size);
  (void)scep::parse_issuer_and_serial(input);
  const auto query = scep::parse_query(certconnector::as_text(input));
  if (!query.ok()) {
    require(!query.error().message().empty());
    return 0;
  }
  require(query->operation_name.size() <= 32 && query->message.size() <= size);
  // A '?' too many changes nothing.
  const auto again = scep::parse_query("?" + std::string(certconnector::as_text(input)));
  require(!again.ok() ||
          (again->operation == query->operation && again->message == query->message));
  require(again.ok() || size == scep::kMaxQuery);
  const auto decoded = scep::decode_message(query->message);
  if (!decoded.ok()) return 0;
  const auto message = scep::Message::parse(*decoded);
  if (!message.ok()) return 0;
  require(!message->transaction_id().empty() && !message->sender_nonce().empty());
  (void)message->verify({});
  (void)message->envelope({});
  return 0;
}
