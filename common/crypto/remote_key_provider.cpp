#include "common/crypto/remote_key_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <new>
#include <string_view>
#include <utility>

namespace certconnector::crypto {
namespace {

RemoteKeyData& data_of(void* data) { return *static_cast<RemoteKeyData*>(data); }
const RemoteKeyData& data_of(const void* data) { return *static_cast<const RemoteKeyData*>(data); }

void* make_key(void* /*provider*/) { return new (std::nothrow) RemoteKeyData; }
void free_key(void* data) { delete static_cast<RemoteKeyData*>(data); }

int has_part(const void* data, int selection) {
  const bool wants_private = (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0;
  return data_of(data).public_key != nullptr && (!wants_private || data_of(data).remote != nullptr)
             ? 1
             : 0;
}

int same_public_key(const void* one, const void* other, int /*selection*/) {
  return EVP_PKEY_eq(data_of(one).public_key.get(), data_of(other).public_key.get()) == 1 ? 1 : 0;
}

// A public key of another provider, which OpenSSL compares with ours.
int import_public(RemoteKeyData& data, const char* name, const OSSL_PARAM* parameters) {
  const KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters)) != 1) {
    return 0;
  }
  data.public_key.reset(made);
  return 1;
}

int import_key(void* data, const char* name, const OSSL_PARAM* parameters) {
  const OSSL_PARAM* ours = OSSL_PARAM_locate_const(parameters, kRemoteKeyParameter);
  if (ours == nullptr) return import_public(data_of(data), name, parameters);
  const void* given = nullptr;
  std::size_t size = 0;
  if (OSSL_PARAM_get_octet_ptr(ours, &given, &size) != 1 || size != sizeof(RemoteKeyData)) return 0;
  data_of(data) = std::move(*static_cast<RemoteKeyData*>(const_cast<void*>(given)));
  return 1;
}

int import_rsa(void* data, int /*selection*/, const OSSL_PARAM* parameters) {
  return import_key(data, "RSA", parameters);
}

int import_ec(void* data, int /*selection*/, const OSSL_PARAM* parameters) {
  return import_key(data, "EC", parameters);
}

// The public key alone. OpenSSL tries to export the whole key before it signs with it.
int export_key(void* data, int selection, OSSL_CALLBACK* take, void* argument) {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  OSSL_PARAM* parameters = nullptr;
  if (EVP_PKEY_todata(data_of(data).public_key.get(), EVP_PKEY_PUBLIC_KEY, &parameters) != 1)
    return 0;
  const int taken = take(parameters, argument);
  OSSL_PARAM_free(parameters);
  return taken;
}

const OSSL_PARAM* exchanged_types(int /*selection*/) {
  static const OSSL_PARAM kTypes[] = {
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
      OSSL_PARAM_octet_ptr(kRemoteKeyParameter, nullptr, 0),
      OSSL_PARAM_END};
  return &kTypes[0];
}

int get_of_key(void* data, OSSL_PARAM* parameters) {
  OSSL_PARAM* pss = OSSL_PARAM_locate(parameters, kKnowsPssParameter);
  const RemoteKey* remote = data_of(data).remote.get();
  if (pss != nullptr && OSSL_PARAM_set_int(pss, remote == nullptr || remote->knows_pss()) != 1) {
    return 0;
  }
  return EVP_PKEY_get_params(data_of(data).public_key.get(), parameters);
}

const OSSL_PARAM* gettable_of_key(void* /*provider*/) {
  static const OSSL_PARAM kTypes[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
      OSSL_PARAM_int(kKnowsPssParameter, nullptr),
      OSSL_PARAM_END};
  return &kTypes[0];
}

int set_of_key(void* data, const OSSL_PARAM* parameters) {
  return EVP_PKEY_set_params(data_of(data).public_key.get(), const_cast<OSSL_PARAM*>(parameters));
}

const OSSL_PARAM* settable_of_key(void* /*provider*/) {
  static const OSSL_PARAM kTypes[] = {
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, nullptr, 0),
      OSSL_PARAM_END};
  return &kTypes[0];
}

const char* ec_operation(int operation) {
  return operation == OSSL_OP_SIGNATURE ? "ECDSA" : nullptr;
}

const OSSL_DISPATCH* rsa_keys() {
  static const OSSL_DISPATCH kFunctions[] = {
      dispatch_entry(OSSL_FUNC_KEYMGMT_NEW, make_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_HAS, has_part),
      dispatch_entry(OSSL_FUNC_KEYMGMT_MATCH, same_public_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT, import_rsa),
      dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, exchanged_types),
      dispatch_entry(OSSL_FUNC_KEYMGMT_EXPORT, export_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, exchanged_types),
      dispatch_entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_of_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_of_key),
      {0, nullptr}};
  return &kFunctions[0];
}

const OSSL_DISPATCH* ec_keys() {
  static const OSSL_DISPATCH kFunctions[] = {
      dispatch_entry(OSSL_FUNC_KEYMGMT_NEW, make_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_HAS, has_part),
      dispatch_entry(OSSL_FUNC_KEYMGMT_MATCH, same_public_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT, import_ec),
      dispatch_entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, exchanged_types),
      dispatch_entry(OSSL_FUNC_KEYMGMT_EXPORT, export_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, exchanged_types),
      dispatch_entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_of_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_of_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_SET_PARAMS, set_of_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, settable_of_key),
      dispatch_entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation),
      {0, nullptr}};
  return &kFunctions[0];
}

// The names are those of OpenSSL's own, which TLS looks for.
const OSSL_ALGORITHM* query_operation(void* /*provider*/, int operation, int* may_not_cache) {
  static constexpr char kProperties[] = "provider=certconnector-remote-keys";
  static const OSSL_ALGORITHM kKeys[] = {
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", &kProperties[0], rsa_keys(), nullptr},
      {"EC:id-ecPublicKey:1.2.840.10045.2.1", &kProperties[0], ec_keys(), nullptr},
      {nullptr, nullptr, nullptr, nullptr}};
  static const OSSL_ALGORITHM kSignatures[] = {
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", &kProperties[0], remote_signing_functions(),
       nullptr},
      {"ECDSA", &kProperties[0], remote_signing_functions(), nullptr},
      {nullptr, nullptr, nullptr, nullptr}};
  *may_not_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return &kKeys[0];
  return operation == OSSL_OP_SIGNATURE ? &kSignatures[0] : nullptr;
}

}  // namespace

int start_remote_key_provider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* /*core*/,
                              const OSSL_DISPATCH** provider, void** context) {
  static const OSSL_DISPATCH kFunctions[] = {
      dispatch_entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query_operation), {0, nullptr}};
  *provider = &kFunctions[0];
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

}  // namespace certconnector::crypto
