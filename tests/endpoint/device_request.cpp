#include "tests/endpoint/device_request.h"

#include "tests/endpoint/openssl_handles.h"
#include "tests/endpoint/own_ca.h"

namespace certconnector::endpoint {
namespace {

bool is_text(int type) {
  return type == V_ASN1_PRINTABLESTRING || type == V_ASN1_UTF8STRING || type == V_ASN1_IA5STRING ||
         type == V_ASN1_T61STRING || type == V_ASN1_BMPSTRING;
}

// RFC 2985 section 5.4.1.
std::string challenge_of(X509_REQ* request) {
  const int at = X509_REQ_get_attr_by_NID(request, NID_pkcs9_challengePassword, -1);
  if (at < 0) return {};
  const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(request, at), 0);
  if (value == nullptr || !is_text(ASN1_TYPE_get(value))) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value->value.asn1_string);
  if (size < 0) return {};
  std::string challenge(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return challenge;
}

}  // namespace

Result<DeviceRequest> read_device_request(ByteView pkcs10) {
  CC_TRY_ASSIGN(const ClientRequest parsed, parse_client_request(pkcs10));
  EVP_PKEY* key = X509_REQ_get0_pubkey(parsed.request.get());
  DeviceRequest request;
  request.challenge = challenge_of(parsed.request.get());
  request.key_sha256 = parsed.key_sha256;
  request.key_bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA") == 1) request.key_kind = "rsa";
  if (EVP_PKEY_is_a(key, "EC") == 1) request.key_kind = "ec";
  return request;
}

}  // namespace certconnector::endpoint
