#include "agent/app/listener_certificate.h"

#include <utility>

#include "agent/app/served_certificate.h"
#include "agent/app/store_certificate.h"
#include "common/crypto/certificate.h"
#include "common/crypto/remote_key.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::app {

Status ListenerCertificate::configure(TlsFiles files) {
  const std::lock_guard<std::mutex> one_at_a_time(taking_);
  exchange(files);
  Status taken = take();
  if (taken.ok()) return taken;
  if (!files_.certificate_store.empty() && may_come_to_the_store(taken.error())) {
    miss(taken.error());
    return {};
  }
  exchange(files);
  return taken;
}

void ListenerCertificate::exchange(TlsFiles& files) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::swap(files_, files);
}

Status ListenerCertificate::take() {
  CC_TRY_ASSIGN(const http::TlsSettings tls,
                read_tls_files(files_, parts_.store, parts_.clock.wall()));
  CC_TRY(parts_.use(tls));
  const std::lock_guard<std::mutex> lock(mutex_);
  chain_ = tls.certificate_chain;
  missed_.reset();
  return {};
}

void ListenerCertificate::look_into_store() {
  const std::lock_guard<std::mutex> one_at_a_time(taking_);
  if (files_.certificate_store.empty()) return;
  const auto found = find_in_store(files_.certificate_store, parts_.store, parts_.clock.wall());
  if (!found.ok()) return miss(found.error());
  const std::string used = chain();
  const auto own = crypto::Certificate::all_from_pem(used);
  if (own.ok() && own->front().der() == found->der()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    missed_.reset();
    return;
  }
  Status taken = take();
  if (!taken.ok()) return miss(taken.error());
  parts_.logger.info(parts_.component + ".certificate_from_store",
                     "The listener uses another certificate of the machine's store.",
                     {{"subject", found->subject_text()},
                      {"sha1", text::to_hex(crypto::view(found->sha1()))},
                      {"not_after", to_rfc3339(found->not_after())}});
}

void ListenerCertificate::miss(const Error& error) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (missed_ && missed_->message() == error.message()) return;
    missed_ = error;
  }
  parts_.logger.warning(parts_.component + ".certificate_not_in_store",
                        "The listener cannot take its certificate from the machine's store; it "
                        "looks again by itself: " +
                            error.message(),
                        {{"code", error.code().name}});
}

std::string ListenerCertificate::chain() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return chain_;
}

std::optional<core::HealthFinding> ListenerCertificate::finding(Timestamp wall) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (missed_) {
    const char* first = chain_.empty() ? "the listener has no TLS certificate and is closed: "
                                       : "the listener would not get its TLS certificate again: ";
    return core::found(
        chain_.empty() ? core::finding::kListenerSilent : core::finding::kServerCertificateUnfit,
        parts_.component, first + missed_->message(),
        "do what the message says; the agent looks into the store again by itself, "
        "within a minute");
  }
  if (chain_.empty()) return std::nullopt;
  return served_certificate_finding(
      parts_.component, chain_, wall,
      files_.certificate_store.empty() ? ServedFrom::files : ServedFrom::store);
}

}  // namespace certconnector::app
