#include "tests/support/test_crl.h"

#include <stdexcept>

#include "common/crypto/der.h"
#include "common/crypto/signature_algorithm.h"

namespace certconnector::testing {
namespace {

namespace der = crypto::der;

void append_entry(der::Writer& writer, const TestCrlEntry& entry) {
  writer.nest(der::kSequence, [&] {
    writer.element(der::kInteger, entry.serial);
    writer.time(entry.at);
    if (!entry.reason && entry.more_extensions.empty()) return;
    writer.nest(der::kSequence, [&] {
      if (entry.reason) {
        const Bytes value{der::kEnumerated, 1, static_cast<std::uint8_t>(*entry.reason)};
        writer.raw(test_extension("2.5.29.21", false, value));
      }
      writer.raw(entry.more_extensions);
    });
  });
}

void append_extensions(der::Writer& writer, const TestCrl& crl) {
  writer.nest(der::context(0), [&] {
    writer.nest(der::kSequence, [&] {
      if (crl.number) {
        Bytes value;
        der::Writer(value).element(der::kInteger, *crl.number);
        writer.raw(test_extension("2.5.29.20", false, value));
      }
      writer.raw(crl.more_extensions);
    });
  });
}

Bytes make_list(const Credential& signer, const TestCrl& crl, const Bytes& algorithm) {
  Bytes list;
  der::Writer writer(list);
  writer.nest(der::kSequence, [&] {
    if (!crl.version_1) writer.integer(1);
    writer.raw(algorithm);
    writer.raw(crl.issuer.empty() ? signer.certificate.subject() : crl.issuer);
    writer.time(crl.this_update);
    if (crl.next_update) writer.time(*crl.next_update);
    if (!crl.entries.empty()) {
      writer.nest(der::kSequence, [&] {
        for (const TestCrlEntry& entry : crl.entries) append_entry(writer, entry);
      });
    }
    if (!crl.version_1) append_extensions(writer, crl);
  });
  return list;
}

}  // namespace

Bytes test_extension(const std::string& oid, bool critical, const Bytes& value) {
  Bytes extension;
  der::Writer writer(extension);
  writer.nest(der::kSequence, [&] {
    writer.oid(der::oid_from_text(oid).value());
    if (critical) writer.boolean(true);
    writer.octet_string(value);
  });
  return extension;
}

Bytes make_crl(const Credential& signer, const TestCrl& crl) {
  const Bytes algorithm = crypto::encode_signature_algorithm(
      signer.key.kind(), crypto::hash_for_key(signer.key.kind(), signer.key.bits()));
  const Bytes list = make_list(signer, crl, algorithm);
  auto made = crypto::Signer::create(signer.key);
  if (!made.ok()) throw std::runtime_error(made.error().message());
  const auto signature = made->sign(list);
  if (!signature.ok()) throw std::runtime_error(signature.error().message());
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.raw(list);
    writer.raw(algorithm);
    writer.bit_string(*signature);
  });
  return out;
}

}  // namespace certconnector::testing
