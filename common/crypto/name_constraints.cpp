#include "common/crypto/name_constraints.h"

#include <openssl/err.h>

#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

X509Ptr read_x509(ByteView der) {
  const unsigned char* at = der.data();
  X509Ptr x509(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  ERR_clear_error();
  return x509;
}

// OpenSSL's text on one line.
std::string text_of_extension(X509_EXTENSION* extension) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509V3_EXT_print(bio.get(), extension, X509V3_EXT_DEFAULT, 0) != 1) return "";
  char* printed = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &printed);
  std::string text;
  for (const char c : std::string_view(printed, static_cast<std::size_t>(size))) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

bool has_dns_name(const X509* x509) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (sk_GENERAL_NAME_value(names.get(), i)->type == GEN_DNS) return true;
  }
  return false;
}

}  // namespace

Result<std::optional<NameConstraints>> NameConstraints::of(const Certificate& ca) {
  const X509Ptr x509 = read_x509(ca.der());
  const int index = x509 ? X509_get_ext_by_NID(x509.get(), NID_name_constraints, -1) : -1;
  if (index < 0) return std::optional<NameConstraints>();
  X509_EXTENSION* extension = X509_get_ext(x509.get(), index);
  std::shared_ptr<NAME_CONSTRAINTS> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509V3_EXT_d2i(extension)), NAME_CONSTRAINTS_free);
  if (!constraints) {
    ERR_clear_error();
    return Error(CryptoErrc::malformed, ErrorKind::permanent,
                 "the certificate of " + ca.subject_text() + " has malformed name constraints");
  }
  return std::make_optional(NameConstraints(std::move(constraints), text_of_extension(extension)));
}

std::optional<std::string> NameConstraints::broken_by(ByteView certificate) const {
  const X509Ptr x509 = read_x509(certificate);
  int result = X509_V_ERR_UNSPECIFIED;
  // Makes OpenSSL read the alternative names, which the next call takes for read.
  if (x509) static_cast<void>(X509_check_purpose(x509.get(), -1, 0));
  if (x509) result = NAME_CONSTRAINTS_check(x509.get(), constraints_.get());
  if (x509 && result == X509_V_OK && !has_dns_name(x509.get())) {
    result = NAME_CONSTRAINTS_check_CN(x509.get(), constraints_.get());
  }
  ERR_clear_error();
  if (result == X509_V_OK) return std::nullopt;
  return std::string(X509_verify_cert_error_string(result));
}

}  // namespace certconnector::crypto
