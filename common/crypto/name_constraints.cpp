#include "common/crypto/name_constraints.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/general_name.h"
#include "common/crypto/name.h"
#include "common/crypto/name_syntax.h"
#include "common/crypto/openssl_ptr.h"
#include "common/net/address/ip_address.h"
#include "common/text/letter_case.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kCommonName = "2.5.4.3";

using OctetStringPtr = std::unique_ptr<ASN1_OCTET_STRING, OpensslDeleter<ASN1_OCTET_STRING_free>>;

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

struct Names {
  DistinguishedName subject;
  std::vector<GeneralName> alternative;
  bool for_servers = false;  // and not for clients
};

// Nothing: malformed.
std::optional<Names> names_of(X509* x509) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(X509_get_subject_name(x509), &der);
  if (size <= 0) return std::nullopt;
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      der, [](unsigned char* octets) { OPENSSL_free(octets); });
  auto subject = parse_name(ByteView(der, static_cast<std::size_t>(size)));
  if (!subject.ok()) return std::nullopt;
  const std::uint32_t purposes = X509_get_extended_key_usage(x509);
  const bool for_servers = (purposes & XKU_SSL_SERVER) != 0 && (purposes & XKU_SSL_CLIENT) == 0;
  Names names{std::move(subject).value(), {}, for_servers};
  const int index = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
  if (index < 0) return names;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(x509, index));
  auto alternative = parse_general_names(
      ByteView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
  if (!alternative.ok()) return std::nullopt;
  names.alternative = std::move(alternative).value();
  return names;
}

bool has_kind(const std::vector<GeneralName>& names, GeneralNameKind kind) {
  return std::any_of(names.begin(), names.end(),
                     [&](const GeneralName& name) { return name.kind == kind; });
}

// Whether a verifier may look for a host in the CN: labels with dots. OpenSSL's own check of a CN
// overlooks wildcards, dots at the ends and letters outside ASCII, and its comparison does not. A
// single label is a host's where the certificate is for servers alone: devices have such names too.
bool may_be_host(std::string_view name, bool for_servers) {
  const bool of_host = std::all_of(name.begin(), name.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0;
    return letter || (c >= '0' && c <= '9') ||
           std::string_view("-_.*").find(c) != std::string::npos;
  });
  return of_host && (for_servers || name.find('.') != std::string_view::npos);
}

// The names again where verifiers read another one than OpenSSL's check does: hosts of URIs by RFC
// 3986 section 3.2.2, and the CN as a host where no dNSName is there (RFC 6125 section 6.4.4).
std::vector<GeneralName> as_verifiers_read(const Names& names) {
  std::vector<GeneralName> read;
  for (const GeneralName& name : names.alternative) {
    if (name.kind != GeneralNameKind::uri) continue;
    read.push_back({name.kind, "x://" + std::string(uri_host(name.value)) + "/"});
  }
  if (has_kind(names.alternative, GeneralNameKind::dns)) return read;
  for (const RelativeName& relative : names.subject) {
    for (const NameAttribute& attribute : relative) {
      if (attribute.oid != kCommonName || !may_be_host(attribute.value, names.for_servers))
        continue;
      std::string host = attribute.value;
      while (!host.empty() && host.back() == '.') host.pop_back();
      if (!host.empty()) read.push_back({GeneralNameKind::dns, std::move(host)});
    }
  }
  return read;
}

// "*.corp.example" stands for "lab.corp.example", which may be excluded. So it stands for one label
// of any text, wherever its '*' is.
bool covers(std::string_view wildcard, std::string_view host) {
  const std::size_t dot = wildcard.find('.');
  if (wildcard.substr(0, dot).find('*') == std::string_view::npos) return false;
  if (!host.empty() && host.front() == '.') host.remove_prefix(1);
  const std::size_t first = host.find('.');
  if (dot == std::string_view::npos || first == std::string_view::npos) return false;
  return text::equal_ignoring_case(wildcard.substr(dot), host.substr(first));
}

std::string_view text_of(const ASN1_IA5STRING* string) {
  return as_text(ByteView(ASN1_STRING_get0_data(string),
                          static_cast<std::size_t>(ASN1_STRING_length(string))));
}

using Subtrees = STACK_OF(GENERAL_SUBTREE);

bool has_subtree(const Subtrees* subtrees, int type) {
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
    if (sk_GENERAL_SUBTREE_value(subtrees, i)->base->type == type) return true;
  }
  return false;
}

bool covers_one_of(const GeneralName& name, const Subtrees* subtrees) {
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(subtrees, i)->base;
    if (base->type == GEN_DNS && covers(name.value, text_of(base->d.dNSName))) return true;
  }
  return false;
}

bool covers_excluded(const std::vector<GeneralName>& names, const Subtrees* excluded) {
  return std::any_of(names.begin(), names.end(), [&](const GeneralName& name) {
    return name.kind == GeneralNameKind::dns && covers_one_of(name, excluded);
  });
}

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>>;

ExtensionPtr alternative_names(const std::vector<GeneralName>& names) {
  constexpr std::uint8_t kDnsName = der::context_primitive(2);
  constexpr std::uint8_t kUri = der::context_primitive(6);
  Bytes value;
  der::Writer writer(value);
  writer.nest(der::kSequence, [&] {
    for (const GeneralName& name : names) {
      writer.element(name.kind == GeneralNameKind::uri ? kUri : kDnsName, name.value);
    }
  });
  const OctetStringPtr octets(ASN1_OCTET_STRING_new());
  if (!octets) return nullptr;
  ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size()));
  return ExtensionPtr(X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, octets.get()));
}

// OpenSSL's answer about a certificate with these DNS names and URIs, and no subject.
int check_as_alternative_names(const std::vector<GeneralName>& names,
                               NAME_CONSTRAINTS* constraints) {
  if (names.empty()) return X509_V_OK;
  const ExtensionPtr extension = alternative_names(names);
  const X509Ptr x509(X509_new());
  if (!extension || !x509 || X509_add_ext(x509.get(), extension.get(), -1) != 1) {
    return X509_V_ERR_OUT_OF_MEM;
  }
  static_cast<void>(X509_check_purpose(x509.get(), -1, 0));
  return NAME_CONSTRAINTS_check(x509.get(), constraints);
}

// OpenSSL's answer about the certificate as it reads it.
int check_with_openssl(X509* x509, bool has_dns_name, NAME_CONSTRAINTS* constraints) {
  // Makes OpenSSL read the alternative names, which the next call takes for read.
  static_cast<void>(X509_check_purpose(x509, -1, 0));
  const int result = NAME_CONSTRAINTS_check(x509, constraints);
  if (result != X509_V_OK || has_dns_name) return result;
  return NAME_CONSTRAINTS_check_CN(x509, constraints);
}

bool is_host_name(std::string_view host) {
  return !broken_dns_rule(host) && !net::ip_from_text(host);
}

// RFC 5280 section 4.2.1.10: where URIs are constrained, each has a host that is a DNS name. Go
// asks the same of email addresses.
bool lacks_host_name(const GeneralName& name, const NAME_CONSTRAINTS& constraints) {
  const auto are_limited = [&](int type) {
    return has_subtree(constraints.permittedSubtrees, type) ||
           has_subtree(constraints.excludedSubtrees, type);
  };
  if (name.kind == GeneralNameKind::uri) {
    return are_limited(GEN_URI) && !is_host_name(uri_host(name.value));
  }
  if (name.kind != GeneralNameKind::email) return false;
  const std::string_view address = name.value;
  return are_limited(GEN_EMAIL) && !is_host_name(address.substr(address.rfind('@') + 1));
}

int check(X509* x509, NAME_CONSTRAINTS* constraints) {
  const auto names = names_of(x509);
  if (!names) return X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
  for (const GeneralName& name : names->alternative) {
    if (lacks_host_name(name, *constraints)) return X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
  }
  const bool has_dns_name = has_kind(names->alternative, GeneralNameKind::dns);
  const int as_openssl_reads = check_with_openssl(x509, has_dns_name, constraints);
  if (as_openssl_reads != X509_V_OK) return as_openssl_reads;
  const auto read = as_verifiers_read(*names);
  const Subtrees* excluded = constraints->excludedSubtrees;
  if (covers_excluded(names->alternative, excluded) || covers_excluded(read, excluded)) {
    return X509_V_ERR_EXCLUDED_VIOLATION;
  }
  return check_as_alternative_names(read, constraints);
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

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

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
  return !made || check(alone.get(), &constraints) == X509_V_OK;
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

bool NameConstraints::empty() const {
  return sk_GENERAL_SUBTREE_num(constraints_->permittedSubtrees) <= 0 &&
         sk_GENERAL_SUBTREE_num(constraints_->excludedSubtrees) <= 0;
}

std::optional<std::string> NameConstraints::broken_by(ByteView certificate) const {
  const X509Ptr x509 = read_x509(certificate);
  if (x509 == nullptr) return "the certificate cannot be read";
  const int result = check(x509.get(), constraints_.get());
  if (result == X509_V_OK) return std::nullopt;
  return (x509 ? offending_name(certificate, *constraints_) : "the certificate") + " " +
         in_words(result);
}

}  // namespace certconnector::crypto
