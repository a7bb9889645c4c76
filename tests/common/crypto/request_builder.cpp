#include "tests/common/crypto/request_builder.h"

#include <openssl/evp.h>

#include "common/crypto/name.h"

namespace certconnector::crypto {

const PrivateKey& rsa_key() {
  static const PrivateKey key = PrivateKey::generate({KeyKind::rsa, 2048}).value();
  return key;
}

const PrivateKey& ec_key() {
  static const PrivateKey key = PrivateKey::generate({KeyKind::ec, 256}).value();
  return key;
}

PrivateKey unusual_rsa_key(unsigned bits) {
  return PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
}

PrivateKey unusual_ec_key(const std::string& group) {
  return PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group.c_str()));
}

Bytes build_der(const std::function<void(der::Writer&)>& body) {
  Bytes out;
  der::Writer writer(out);
  body(writer);
  return out;
}

void write_oid(der::Writer& writer, std::string_view dotted) {
  writer.oid(der::oid_from_text(dotted).value());
}

Bytes algorithm(std::string_view oid, bool null_parameters) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, oid);
      if (null_parameters) w.null();
    });
  });
}

Bytes rsa_info(ByteView modulus, ByteView exponent) {
  const Bytes numbers = build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.unsigned_integer(modulus);
      w.unsigned_integer(exponent);
    });
  });
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.raw(algorithm("1.2.840.113549.1.1.1", true));
      w.bit_string(numbers);
    });
  });
}

Bytes extension_request(const std::vector<Bytes>& extensions, std::string_view attribute_oid) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, attribute_oid);
      w.nest(der::kSet, [&] {
        w.nest(der::kSequence, [&] {
          for (const Bytes& one : extensions) w.raw(one);
        });
      });
    });
  });
}

Bytes extension(std::string_view oid, ByteView value, bool critical) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, oid);
      if (critical) w.boolean(true);
      w.octet_string(value);
    });
  });
}

Bytes challenge_password(std::uint8_t tag, ByteView value) {
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      write_oid(w, "1.2.840.113549.1.9.7");
      w.nest(der::kSet, [&] { w.element(tag, value); });
    });
  });
}

Bytes build_request(const RequestPieces& pieces, const PrivateKey& key) {
  const Bytes info = build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.raw(pieces.version);
      w.raw(pieces.subject.empty() ? encode_name(parse_rfc4514("CN=device1").value())
                                   : pieces.subject);
      w.raw(pieces.key_info.empty() ? key.public_key_info() : pieces.key_info);
      if (pieces.attributes) w.element(der::context(0), *pieces.attributes);
      w.raw(pieces.after_attributes);
    });
  });
  return build_der([&](der::Writer& w) {
    w.nest(der::kSequence, [&] {
      w.raw(info);
      w.raw(pieces.signature_algorithm.empty() ? signature_algorithm(key).value()
                                               : pieces.signature_algorithm);
      w.bit_string(pieces.signature ? *pieces.signature : sign(key, info).value());
    });
  });
}

}  // namespace certconnector::crypto
