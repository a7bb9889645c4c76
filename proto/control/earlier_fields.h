// The members of earlier_messages.h, as message_fields.h has them. Internal to the codec.
#pragma once

#include "proto/control/earlier_messages.h"

namespace certconnector::control_proto {

template <typename V>
void describe(V& v, EarlierRevocation& x) {
  v.visit("serial", x.serial);
  v.visit("revoked_at", x.revoked_at);
  v.may("reason", x.reason);
  v.visit("not_after", x.not_after);
  v.visit("invalidity_date", x.invalidity_date);
}

template <typename V>
void describe(V& v, CaEarlierArguments& x) {
  v.visit("name", x.name);
  v.may("certificate_pem", x.certificate_pem);
  v.may("certificates", x.certificates);
  v.may("revocations", x.revocations);
  v.may("crl", x.crl);
  v.may("crl_upload", x.crl_upload);
  v.may("crl_offset", x.crl_offset);
  v.may("crl_size", x.crl_size);
}

template <typename V>
void describe(V& v, EarlierRefused& x) {
  v.visit("index", x.index);
  v.visit("why", x.why);
}

template <typename V>
void describe(V& v, CaEarlierResult& x) {
  v.visit("name", x.name);
  v.visit("added", x.added);
  v.visit("known", x.known);
  v.visit("expired", x.expired);
  v.may("refused", x.refused);
  v.may("notes", x.notes);
  v.may("crl_addresses", x.crl_addresses);
}

template <typename V>
void describe(V& v, TakenPast& x) {
  v.visit("revocations_added", x.revocations_added);
  v.visit("revocations_known", x.revocations_known);
  v.visit("certificates_added", x.certificates_added);
  v.visit("certificates_known", x.certificates_known);
  v.visit("certificates_expired", x.certificates_expired);
  v.visit("refused", x.refused);
  v.visit("without_certificate", x.without_certificate);
  v.visit("without_file", x.without_file);
  v.visit("notes", x.notes);
}

}  // namespace certconnector::control_proto
