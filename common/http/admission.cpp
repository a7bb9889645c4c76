#include "common/http/admission.h"

#include <utility>

#include "common/http/client_address.h"

namespace certconnector::http {

Admission::Admission(Handler& next, const Clock& clock, log::Logger& log)
    : next_(next),
      requests_({"http.client_limited",
                 "A client sends more requests than [http] requests_per_minute; what comes beyond "
                 "is answered with 429. If it is a proxy, name it in trusted_proxies."},
                clock, log) {}

void Admission::configure(AdmissionSettings settings) {
  requests_.set(settings.requests_per_minute, std::chrono::minutes(1));
  const std::lock_guard lock(mutex_);
  trusted_proxies_ = std::make_shared<const Networks>(std::move(settings.trusted_proxies));
}

void Admission::handle(Request request, Reply reply) {
  request.peer = client_address(request, *trusted_proxies());
  if (const auto wait = requests_.take(request.peer)) return reply.send(too_many_requests(*wait));
  next_.handle(std::move(request), std::move(reply));
}

std::shared_ptr<const Admission::Networks> Admission::trusted_proxies() const {
  const std::lock_guard lock(mutex_);
  return trusted_proxies_;
}

}  // namespace certconnector::http
