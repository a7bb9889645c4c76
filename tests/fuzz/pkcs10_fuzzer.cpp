// Pkcs10::parse and what is read out of its extensions. A request that we take, OpenSSL must take
// and verify too.
#include <openssl/x509.h>

#include <cstdlib>
#include <memory>

#include "common/crypto/extension_values.h"
#include "common/crypto/name_value_pairs.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/pkcs10.h"

namespace {

using certconnector::Bytes;
using certconnector::ByteView;
using certconnector::crypto::encode_extended_key_usage;
using certconnector::crypto::encode_key_usage;
using certconnector::crypto::OpensslDeleter;
using certconnector::crypto::parse_extended_key_usage;
using certconnector::crypto::parse_key_usage;
using certconnector::crypto::Pkcs10;
using RequestPtr = std::unique_ptr<X509_REQ, OpensslDeleter<X509_REQ_free>>;

bool inside(ByteView part, ByteView whole) {
  return part.empty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

void require(bool condition) {
  if (!condition) std::abort();
}

void read_attributes(const Pkcs10& request) {
  for (const auto& attribute : request.attributes()) {
    require(inside(attribute.values, request.der()));
  }
  const auto pairs = certconnector::crypto::name_value_pairs(request);
  if (!pairs.ok()) return;
  const auto period = certconnector::crypto::requested_period(*pairs);
  if (period.ok() && *period) require((*period)->length().count() > 0);
}

void read_extensions(const Pkcs10& request) {
  for (const auto& extension : request.extensions()) {
    require(inside(extension.value, request.der()));
  }
  if (const auto names = request.subject_alt_names(); names.ok()) require(names->size() <= 100);
  if (const auto usage = request.key_usage(); usage.ok()) require(*usage <= 0x1FF);
  if (const auto purposes = request.extended_key_usage(); purposes.ok()) {
    require(purposes->size() <= 100);
  }
}

void read_values(ByteView input) {
  if (const auto usage = parse_key_usage(input); usage.ok()) {
    // Trailing zero bits are accepted, and not written.
    const auto again = parse_key_usage(encode_key_usage(*usage));
    require(again.ok() && *again == *usage);
  }
  if (const auto purposes = parse_extended_key_usage(input); purposes.ok()) {
    require(ByteView(encode_extended_key_usage(*purposes).value()) == input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A mutated request seldom verifies, so what is read only after that gets the input as it is.
  read_values({data, size});
  const auto request = Pkcs10::parse(Bytes(data, data + size));
  if (!request.ok()) {
    require(!request.error().message().empty());
    return 0;
  }
  require(inside(request->subject(), request->der()));
  require(inside(request->public_key_info(), request->der()));
  require(inside(request->public_key_bits(), request->public_key_info()));
  read_extensions(*request);
  read_attributes(*request);
  const unsigned char* at = data;
  const RequestPtr oracle(d2i_X509_REQ(nullptr, &at, static_cast<long>(size)));  // NOLINT
  require(oracle != nullptr && at == data + size);
  require(X509_REQ_verify(oracle.get(), X509_REQ_get0_pubkey(oracle.get())) == 1);
  return 0;
}
