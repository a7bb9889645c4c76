#include "agent/core/certificate_filter.h"

#include "common/crypto/certificate_fields.h"
#include "common/crypto/digest.h"
#include "common/crypto/name.h"
#include "common/text/letter_case.h"

namespace certconnector::core {
namespace {

template <typename T>
bool is(const std::optional<T>& wanted, const T& value) {
  return !wanted || *wanted == value;
}

bool has_subject(const std::optional<std::string>& wanted, const IssuedCertificate& issued) {
  return !wanted ||
         text::to_lower(subject_of(issued)).find(text::to_lower(*wanted)) != std::string::npos;
}

}  // namespace

std::string subject_of(const IssuedCertificate& issued) {
  const auto fields = crypto::parse_certificate_fields(issued.certificate);
  return fields.ok() ? crypto::name_for_people(fields->subject) : std::string();
}

bool is_named(const CertificateId& id, const IssuedCertificate& issued) {
  if (!id.serial.empty()) return issued.serial == id.serial;
  const ByteView wanted = id.thumbprint;
  if (wanted.size() == std::tuple_size_v<crypto::Sha1>) {
    return crypto::view(crypto::sha1(issued.certificate)) == wanted;
  }
  return wanted.size() == std::tuple_size_v<crypto::Sha256> &&
         crypto::view(crypto::sha256(issued.certificate)) == wanted;
}

bool fits(const CertificateFilter& filter, const ListedCertificate& listed) {
  const CertificateHolder& holder = listed.record.entry.holder;
  const bool of_service =
      !filter.service || (holder.source == JobSource::scep && holder.instance == *filter.service);
  return of_service && is(filter.ca, listed.ca) && is(filter.device, holder.device) &&
         is(filter.transaction_id, holder.transaction_id) &&
         is(filter.lineage, listed.record.lineage) &&
         (!filter.since || listed.key.recorded >= *filter.since) &&
         (!filter.until || listed.key.recorded <= *filter.until) &&
         has_subject(filter.subject, listed.record.entry.certificate);
}

}  // namespace certconnector::core
