#include "common/crypto/name_constraints.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string>

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

// A result of X509_verify_cert.
int verify(X509& x509, NAME_CONSTRAINTS& constraints) {
  // Makes OpenSSL read the alternative names, which the next call takes for read.
  static_cast<void>(X509_check_purpose(&x509, -1, 0));
  int result = NAME_CONSTRAINTS_check(&x509, &constraints);
  if (result == X509_V_OK && !has_dns_name(&x509)) {
    result = NAME_CONSTRAINTS_check_CN(&x509, &constraints);
  }
  ERR_clear_error();
  return result;
}

std::string in_words(int result) {
  if (result == X509_V_ERR_PERMITTED_VIOLATION) return "is not permitted";
  if (result == X509_V_ERR_EXCLUDED_VIOLATION) return "is excluded";
  return std::string("cannot be compared (") + X509_verify_cert_error_string(result) + ")";
}

// At most as long as a line; OpenSSL escapes what is no printable ASCII.
template <typename Print>
std::string printed(Print print) {
  constexpr std::size_t kLongest = 200;
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || print(bio.get()) < 0) return "a name";
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
  std::string shown(text, std::min(size, kLongest));
  return size > kLongest ? shown + "..." : shown;
}

// Whether the certificate would be within with this alternative name as its only name.
bool is_within(ByteView certificate, const GENERAL_NAME& name, NAME_CONSTRAINTS& constraints) {
  const X509Ptr alone = read_x509(certificate);
  const std::unique_ptr<X509_NAME, OpensslDeleter<X509_NAME_free>> nobody(X509_NAME_new());
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  GENERAL_NAME* copy = GENERAL_NAME_dup(&name);
  if (copy == nullptr) return true;
  if (!alone || !nobody || !names || sk_GENERAL_NAME_push(names.get(), copy) <= 0) {
    GENERAL_NAME_free(copy);
    return true;
  }
  const bool made =
      X509_set_subject_name(alone.get(), nobody.get()) == 1 &&
      X509_add1_ext_i2d(alone.get(), NID_subject_alt_name, names.get(), 0, X509V3_ADD_REPLACE) == 1;
  return !made || verify(*alone, constraints) == X509_V_OK;
}

// Of a certificate that is outside.
std::string offending_name(ByteView certificate, NAME_CONSTRAINTS& constraints) {
  const X509Ptr x509 = read_x509(certificate);
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (is_within(certificate, *name, constraints)) continue;
    return printed([name](BIO* bio) { return GENERAL_NAME_print(bio, name); });
  }
  return "the subject " + printed([&](BIO* bio) {
           return X509_NAME_print_ex(bio, X509_get_subject_name(x509.get()), 0, XN_FLAG_RFC2253);
         });
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
  const int result = x509 ? verify(*x509, *constraints_) : X509_V_ERR_UNSPECIFIED;
  if (result == X509_V_OK) return std::nullopt;
  return (x509 ? offending_name(certificate, *constraints_) : "the certificate") + " " +
         in_words(result);
}

}  // namespace certconnector::crypto
