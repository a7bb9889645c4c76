#include <algorithm>
#include <utility>

#include "common/crypto/errors.h"
#include "common/crypto/signature_algorithm.h"
#include "common/crypto/signed_data.h"

namespace certconnector::crypto {
namespace {

template <typename Body>
Bytes encode_with(Body&& body) {
  Bytes out;
  der::Writer writer(out);
  body(writer);
  return out;
}

void write_dotted_oid(der::Writer& writer, std::string_view dotted) {
  writer.oid(der::oid_from_text(dotted).value_or(Bytes()));
}

void write_algorithm(der::Writer& writer, std::string_view oid) {
  writer.nest(der::kSequence, [&] {
    write_dotted_oid(writer, oid);
    writer.null();
  });
}

Bytes encode_attribute(std::string_view oid, ByteView value) {
  return encode_with([&](der::Writer& writer) {
    writer.nest(der::kSequence, [&] {
      write_dotted_oid(writer, oid);
      writer.nest(der::kSet, [&] { writer.raw(value); });
    });
  });
}

// The contents of the SET OF, in DER's order (X.690 section 11.6).
Bytes encode_attributes(const SignedDataSpec& spec) {
  const HashValue digest = hash(spec.hash, spec.content.value_or(ByteView()));
  std::vector<Bytes> all;
  all.push_back(encode_attribute(cms::kContentType, encode_with([](der::Writer& writer) {
                                   write_dotted_oid(writer, cms::kData);
                                 })));
  all.push_back(encode_attribute(cms::kMessageDigest, encode_with([&](der::Writer& writer) {
                                   writer.octet_string({digest.octets.data(), digest.size});
                                 })));
  for (const SignedAttribute& attribute : spec.attributes) {
    all.push_back(encode_attribute(attribute.oid, attribute.value));
  }
  std::sort(all.begin(), all.end());
  Bytes out;
  for (const Bytes& one : all) out.insert(out.end(), one.begin(), one.end());
  return out;
}

void write_optional_set(der::Writer& writer, unsigned tag, const std::vector<ByteView>& elements) {
  if (elements.empty()) return;
  writer.nest(der::context(tag), [&] {
    for (const ByteView element : elements) writer.raw(element);
  });
}

void write_encapsulated(der::Writer& writer, const std::optional<ByteView>& content) {
  writer.nest(der::kSequence, [&] {
    write_dotted_oid(writer, cms::kData);
    if (content) writer.nest(der::context(0), [&] { writer.octet_string(*content); });
  });
}

void write_signature_algorithm(der::Writer& writer, HashAlgorithm hash, const PrivateKey& key) {
  if (key.kind() == KeyKind::rsa) {
    write_algorithm(writer, cms::kRsaEncryption);
  } else {
    writer.raw(encode_signature_algorithm(key.kind(), hash));
  }
}

}  // namespace

Result<Bytes> make_signed_data(const SignedDataSpec& spec, const PrivateKey& key) {
  const Bytes attributes = encode_attributes(spec);
  const Bytes to_sign =
      encode_with([&](der::Writer& writer) { writer.element(der::kSet, ByteView(attributes)); });
  CC_TRY_ASSIGN(Signer signer, Signer::create(key, spec.hash));
  CC_TRY_ASSIGN(const Bytes signature, signer.sign(to_sign));
  return encode_with([&](der::Writer& writer) {
    cms::write_content_info(writer, cms::kSignedData, [&] {
      writer.integer(1);
      writer.nest(der::kSet, [&] { write_algorithm(writer, hash_oid(spec.hash)); });
      write_encapsulated(writer, spec.content);
      write_optional_set(writer, 0, spec.certificates);
      writer.nest(der::kSet, [&] {
        writer.nest(der::kSequence, [&] {
          writer.integer(1);
          cms::write_identifier(writer, spec.signer_issuer, spec.signer_serial);
          write_algorithm(writer, hash_oid(spec.hash));
          writer.element(der::context(0), ByteView(attributes));
          write_signature_algorithm(writer, spec.hash, key);
          writer.octet_string(signature);
        });
      });
    });
  });
}

Bytes make_certificates_only(const std::vector<ByteView>& certificates,
                             const std::vector<ByteView>& crls) {
  return encode_with([&](der::Writer& writer) {
    cms::write_content_info(writer, cms::kSignedData, [&] {
      writer.integer(1);
      writer.element(der::kSet, ByteView());
      write_encapsulated(writer, std::nullopt);
      write_optional_set(writer, 0, certificates);
      write_optional_set(writer, 1, crls);
      writer.element(der::kSet, ByteView());
    });
  });
}

}  // namespace certconnector::crypto
