#include "common/crypto/der.h"
#include "common/crypto/errors.h"
#include "common/crypto/extension_values.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::crypto {
namespace {

constexpr std::string_view kExtensionRequestOid = "1.2.840.113549.1.9.14";
constexpr std::string_view kChallengePasswordOid = "1.2.840.113549.1.9.7";
constexpr std::string_view kBasicConstraintsOid = "2.5.29.19";

void write_oid(std::string_view dotted, der::Writer& writer) {
  writer.oid(der::oid_from_text(dotted).value_or(Bytes()));
}

void write_extension(std::string_view oid, bool critical, ByteView value, der::Writer& writer) {
  writer.nest(der::kSequence, [&] {
    write_oid(oid, writer);
    if (critical) writer.boolean(true);
    writer.octet_string(value);
  });
}

// The contents of the Extensions SEQUENCE.
Result<Bytes> encode_extensions(const Pkcs10Spec& spec) {
  Bytes out;
  der::Writer writer(out);
  if (spec.for_ca) {
    Bytes constraints;
    der::Writer value(constraints);
    value.nest(der::kSequence, [&] { value.boolean(true); });
    write_extension(kBasicConstraintsOid, true, constraints, writer);
  }
  if (!spec.subject_alt_names.empty()) {
    CC_TRY_ASSIGN(const Bytes names, encode_general_names(spec.subject_alt_names));
    write_extension(oid::kSubjectAltName, false, names, writer);
  }
  if (spec.key_usage != 0) {
    write_extension(oid::kKeyUsage, spec.for_ca, encode_key_usage(spec.key_usage), writer);
  }
  if (!spec.extended_key_usage.empty()) {
    CC_TRY_ASSIGN(const Bytes purposes, encode_extended_key_usage(spec.extended_key_usage));
    write_extension(oid::kExtendedKeyUsage, false, purposes, writer);
  }
  return out;
}

// The contents of the attributes, sorted by their encodings as DER wants a SET OF (X.690
// section 11.6).
Bytes encode_attributes(const Pkcs10Spec& spec, const Bytes& extensions) {
  Bytes challenge;
  if (spec.challenge_password) {
    der::Writer writer(challenge);
    writer.nest(der::kSequence, [&] {
      write_oid(kChallengePasswordOid, writer);
      writer.nest(der::kSet, [&] { writer.element(der::kUtf8String, *spec.challenge_password); });
    });
  }
  Bytes request;
  if (!extensions.empty()) {
    der::Writer writer(request);
    writer.nest(der::kSequence, [&] {
      write_oid(kExtensionRequestOid, writer);
      writer.nest(der::kSet, [&] { writer.element(der::kSequence, extensions); });
    });
  }
  const bool challenge_first = challenge < request;
  Bytes out = challenge_first ? challenge : request;
  der::Writer(out).raw(challenge_first ? request : challenge);
  return out;
}

}  // namespace

Result<Bytes> make_pkcs10(const PrivateKey& key, const Pkcs10Spec& spec) {
  CC_TRY_ASSIGN(const Bytes extensions, encode_extensions(spec));
  Bytes info;
  der::Writer info_writer(info);
  info_writer.nest(der::kSequence, [&] {
    info_writer.integer(0);
    info_writer.raw(encode_name(spec.subject));
    info_writer.raw(key.public_key_info());
    info_writer.element(der::context(0), encode_attributes(spec, extensions));
  });
  CC_TRY_ASSIGN(const Bytes algorithm, signature_algorithm(key));
  CC_TRY_ASSIGN(const Bytes signature, sign(key, info));
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(info);
    writer.raw(algorithm);
    writer.bit_string(signature);
  });
  return out;
}

}  // namespace certconnector::crypto
