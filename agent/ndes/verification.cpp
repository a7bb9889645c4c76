#include "agent/ndes/verification.h"

#include <memory>
#include <utility>

#include "agent/core/overloaded.h"
#include "agent/core/request_check.h"
#include "agent/ndes/answers.h"
#include "agent/ndes/requested_template.h"
#include "common/text/hex.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes {
namespace {

namespace wire = registration_wire;

// One request on its way into the ledger.
class Verification : public std::enable_shared_from_this<Verification> {
 public:
  Verification(const NdesParts& parts, const Call& call, enrollment::KnownCa ca,
               wire::VerifyRequest asked, http::Reply reply)
      : parts_(parts),
        service_(call.service),
        caller_(call.caller),
        ca_(std::move(ca)),
        asked_(std::move(asked)),
        reply_(std::move(reply)) {}

  void run() {
    auto pkcs10 = crypto::Pkcs10::parse(asked_.pkcs10, service_->proof);
    if (!pkcs10.ok()) return refuse_unreadable(core::unreadable_request(pkcs10.error()));
    parts_.enrollment_service.authorize(
        device_request(std::make_shared<const crypto::Pkcs10>(std::move(*pkcs10))),
        [self = shared_from_this()](enrollment::AuthorizeAnswer answer) {
          self->authorized(std::move(answer));
        });
  }

 private:
  // Nobody knows the device of an unreadable request.
  [[nodiscard]] enrollment::DeviceRequest unread_request() const {
    enrollment::DeviceRequest request;
    request.front_end = &parts_.front_end;
    request.policy = {service_, &service_->policy};
    request.key.service = service_->name;
    request.key.transaction_id = asked_.transaction_id;
    request.ca = ca_;
    request.client = caller_;
    request.purpose = enrollment::SignerPurpose::either;
    request.template_name = asked_.template_name;
    return request;
  }

  [[nodiscard]] enrollment::DeviceRequest device_request(
      std::shared_ptr<const crypto::Pkcs10> pkcs10) const {
    enrollment::DeviceRequest request = unread_request();
    request.key.public_key = crypto::sha256(pkcs10->public_key_info());
    request.pkcs10 = std::move(pkcs10);
    request.signer = asked_.signing_certificate;
    request.choose_template = [service = service_, requested = asked_.template_name](
                                  const std::optional<std::string>& authorized) {
      return check_template({service->name, service->templates, requested}, authorized);
    };
    request.check_content = [service = service_, asked = request.pkcs10](
                                const enrollment::Authorization& authorization) {
      return check_content(service->rules, *asked, authorization);
    };
    return request;
  }

  void authorized(enrollment::AuthorizeAnswer answer) {
    std::visit(core::Overloaded{
                   [this](enrollment::AuthorizedRequest& request) { submit(std::move(request)); },
                   [this](enrollment::Denied& denied) { refuse(denied.reason); },
                   [this](enrollment::Unavailable& why) { put_off(why); }},
               answer);
  }

  void submit(enrollment::AuthorizedRequest request) {
    parts_.enrollment_service.submit(
        std::move(request), [self = shared_from_this()](const enrollment::SubmitAnswer& answer) {
          self->submitted(answer);
        });
  }

  // An earlier certificate from NDES is no reason to deny the same request.
  void submitted(const enrollment::SubmitAnswer& answer) {
    std::visit(
        core::Overloaded{
            [this](const enrollment::Denied& denied) { refuse(denied.reason); },
            [this](const enrollment::Unavailable& why) { put_off(why); },
            [this](const enrollment::Enrolled&) { reply_.send(verified(std::nullopt)); },
            [this](const enrollment::StillPending&) { reply_.send(verified(std::nullopt)); }},
        answer);
  }

  void refuse_unreadable(const core::Failed& reason) {
    parts_.enrollment_service.note(unread_request(), {reason});
    refuse(reason);
  }

  void refuse(const core::Failed& reason) {
    parts_.logger.warning("registration.refused", reason.message,
                          {{"service", service_->name},
                           {"transaction", asked_.transaction_id},
                           {"peer", caller_},
                           {"code", reason.code}});
    reply_.send(verified(reason));
  }

  void put_off(const enrollment::Unavailable& why) {
    if (why.limited) log_limit(why.message);
    reply_.send(not_now(why.message, why.retry_after.value_or(kComeAgain)));
  }

  void log_limit(const std::string& why) const {
    const auto signer = crypto::sha256(asked_.signing_certificate);
    const std::size_t most = parts_.front_end.renewals->settings().requests;
    parts_.logger.warning("registration.renewal_limit", why,
                          {{"service", service_->name},
                           {"transaction", asked_.transaction_id},
                           {"peer", caller_},
                           {"signer", text::to_hex(crypto::view(signer))},
                           {"limit", std::to_string(most)}});
  }

  const NdesParts& parts_;
  const std::shared_ptr<const ServedNdes> service_;
  const std::string caller_;
  const enrollment::KnownCa ca_;
  const wire::VerifyRequest asked_;
  http::Reply reply_;
};

}  // namespace

void verify(const NdesParts& parts, const Call& call, http::Reply reply) {
  auto asked = wire::decode_verify_request(call.body);
  if (!asked.ok()) return reply.send(bad_request(asked.error()));
  auto ca = call.service->issuing_ca();
  if (!ca) return reply.send(not_now("The issuing CA is not known yet."));
  std::make_shared<Verification>(parts, call, std::move(*ca), std::move(*asked), std::move(reply))
      ->run();
}

}  // namespace certconnector::ndes
