// The records inside the store's files: requests, outcomes, certificates and revocations. The first
// octet chooses which; the checksum is put right, so that what is behind it is reached. What
// decodes, encodes to a record that decodes to the same again.
#include <cstdint>
#include <cstdlib>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/record_bytes.h"

namespace {

using certconnector::Bytes;
using certconnector::ByteView;
namespace store = certconnector::store;

void require(bool condition) {
  if (!condition) std::abort();
}

template <typename Decode, typename Encode>
void round_trip(ByteView record, const Decode& decode, const Encode& encode) {
  const auto value = decode(record);
  if (!value) return;
  const std::optional<Bytes> encoded = encode(*value);
  require(encoded.has_value());
  const auto again = decode(*encoded);
  require(again.has_value());
  require(encode(*again) == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes record = store::with_checksum(Bytes(data + 1, data + size));
  round_trip(ByteView(data, size), store::decode_request, store::encode_request);
  switch (data[0] % 4) {
    case 0:
      round_trip(record, store::decode_request, store::encode_request);
      break;
    case 1:
      round_trip(
          record,
          [](ByteView outcome) {
            static const Bytes certificate = *store::encode_certificate({});
            return store::decode_outcome(outcome, certificate);
          },
          [](const auto& outcome) { return std::make_optional(store::encode_outcome(outcome)); });
      break;
    case 2:
      round_trip(record, store::decode_certificate, store::encode_certificate);
      break;
    default:
      round_trip(record, store::decode_revocation, [](const auto& revoked) {
        return std::make_optional(store::encode_revocation(revoked));
      });
      break;
  }
  return 0;
}
