#include "agent/ca/local/crl_builder.h"

#include <algorithm>
#include <array>
#include <functional>

#include "agent/ca/local/extension.h"
#include "common/crypto/der.h"
#include "common/crypto/digest.h"
#include "common/crypto/message_digest.h"

namespace certconnector::ca {
namespace {

namespace der = crypto::der;

using Sink = std::function<Status(ByteView)>;

// The parts of a TBSCertList around its entries.
struct Frame {
  Bytes before;
  Bytes after;
};

Bytes encode_extensions(const CrlFields& fields) {
  constexpr unsigned kExtensions = 0;  // [0] EXPLICIT
  Bytes extensions;
  append_authority_key_id(extensions, fields.authority_key_id);
  append_extension(extensions, crypto::view(extension_id::kCrlNumber), false,
                   [&](der::Writer& w) { w.integer(fields.number); });
  der::Writer(extensions).raw(fields.issuing_distribution_point);
  Bytes out;
  der::Writer writer(out);
  writer.nest(der::context(kExtensions), [&] { writer.element(der::kSequence, extensions); });
  return out;
}

Frame encode_frame(const CrlFields& fields, std::size_t entries) {
  constexpr std::uint64_t kV2 = 1;
  Bytes head;
  der::Writer writer(head);
  writer.integer(kV2);
  writer.raw(fields.signature_algorithm);
  writer.raw(fields.issuer);
  writer.time(fields.this_update);
  writer.time(fields.next_update);
  if (entries != 0) writer.header(der::kSequence, entries);  // an empty list is left out
  Frame frame;
  frame.after = encode_extensions(fields);
  der::Writer whole(frame.before);
  whole.header(der::kSequence, head.size() + entries + frame.after.size());
  whole.raw(head);
  return frame;
}

}  // namespace

void encode_crl_entry(const core::RevokedSerial& revoked, Timestamp this_update, Bytes& out) {
  const auto& revocation = revoked.revocation;
  const bool has_reason = revocation.reason != core::RevocationReason::unspecified;
  out.clear();
  der::Writer writer(out);
  writer.nest(der::kSequence, [&] {
    writer.unsigned_integer(revoked.serial);
    writer.time(std::min(revocation.at, this_update));
    if (!has_reason && !revocation.invalidity_date) return;
    writer.nest(der::kSequence, [&] {
      if (has_reason) {
        append_extension(out, crypto::view(extension_id::kReasonCode), false, [&](der::Writer& w) {
          const std::array reason{static_cast<std::uint8_t>(revocation.reason)};
          w.element(der::kEnumerated, crypto::view(reason));
        });
      }
      if (revocation.invalidity_date) {
        append_extension(out, crypto::view(extension_id::kInvalidityDate), false,
                         [&](der::Writer& w) { w.generalized_time(*revocation.invalidity_date); });
      }
    });
  });
}

Result<CrlBuilder> CrlBuilder::beside(const std::string& file) {
  CC_TRY_ASSIGN(auto spool, platform::SpoolFile::beside(file));
  return CrlBuilder(std::move(spool));
}

void CrlBuilder::add(ByteView entry) {
  if (stored_.ok()) stored_ = spool_.append(entry);
  ++count_;
}

Status CrlBuilder::write(const CrlFields& fields, crypto::Signer& signer,
                         platform::NextVersion& file) {
  CC_TRY(stored_);
  const auto entries = static_cast<std::size_t>(spool_.size());
  const Frame frame = encode_frame(fields, entries);
  const auto signed_part = [&](const Sink& sink) -> Status {
    CC_TRY(sink(frame.before));
    CC_TRY(spool_.read(sink));
    return sink(frame.after);
  };
  crypto::RunningHash hash(signer.hash_algorithm());
  CC_TRY(signed_part([&](ByteView piece) {
    hash.add(piece);
    return Status();
  }));
  auto signature = signer.sign_hash(hash.finish());
  if (!signature) return signature.error().with_context("the CA's key cannot sign");

  Bytes end(fields.signature_algorithm.to_bytes());
  der::Writer(end).bit_string(*signature);
  Bytes begin;
  der::Writer(begin).header(der::kSequence,
                            frame.before.size() + entries + frame.after.size() + end.size());
  CC_TRY(file.append(begin));
  CC_TRY(signed_part([&](ByteView piece) { return file.append(piece); }));
  return file.append(end);
}

}  // namespace certconnector::ca
