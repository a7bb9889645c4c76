// The way to the endpoint and its clock; the addresses that devices use.
#include <mutex>
#include <set>

#include "agent/app/agent_identity.h"
#include "agent/app/named_files.h"
#include "agent/doctor/limits.h"
#include "agent/doctor/stages.h"
#include "agent/platform/words.h"
#include "agent/upstream/endpoint_slot.h"
#include "common/crypto/crl.h"
#include "common/http/service_url.h"
#include "common/net/address/url.h"
#include "common/time/rfc3339.h"

namespace certconnector::doctor {
namespace {

constexpr std::chrono::minutes kWrongClock{5};
constexpr std::chrono::seconds kDoubtfulClock{60};

// Remembers what time it is at the endpoint. Thread-safe.
class Witness final : public core::TimeWitness {
 public:
  void saw_time(Timestamp theirs) override {
    const std::lock_guard lock(mutex_);
    seen_ = theirs;
  }
  [[nodiscard]] std::optional<Timestamp> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Timestamp> seen_;
};

std::string in_seconds(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) +
         " seconds";
}

class EndpointStage {
 public:
  EndpointStage(const Subject& subject, const Parts& parts, Examination& examination)
      : subject_(subject), parts_(parts), examination_(examination) {}

  void run() {
    app::AgentIdentity identity(
        subject_.settings, slot_, [](const core::CaFingerprint&) { return std::vector<Bytes>(); },
        parts_.clock, witness_, parts_.store);
    const auto loaded = identity.load();
    const std::string enroll =
        "Get a token from the endpoint's administrator, then: certconnector enroll";
    if (!loaded.ok()) {
      examination_.failed(check::kEndpointConfigured, "management", loaded.error(), enroll);
      return;
    }
    if (!*loaded) {
      examination_.add(check::kEndpointConfigured, Verdict::warning, "management",
                       "the agent is not onboarded yet", enroll);
      return;
    }
    const Status connected = identity.activate(**loaded);
    if (!connected.ok()) {
      examination_.failed(check::kEndpointConfigured, "management", connected.error(),
                          "Mend [management], then check again");
      return;
    }
    url_ = identity.origin()->url;
    examination_.ok(check::kEndpointConfigured, "management", "the endpoint is " + url_);
    if (name_is_known()) reach(identity);
  }

 private:
  // Behind a proxy of the configuration, that is what has to be found.
  bool name_is_known() {
    std::string hop = url_;
    if (const auto proxy = app::read_proxy(subject_.settings.management); proxy.ok()) {
      if (proxy->system) return true;
      if (proxy->fixed) hop = proxy->fixed->url;
    }
    const auto url = net::parse_url(hop);
    if (!url.ok()) return true;  // the connection tells why
    const net::Origin& origin = url->origin;
    const auto found = parts_.look_up(origin.host, origin.port);
    if (!found.ok()) {
      examination_.add(check::kEndpointName, Verdict::failed, origin.host, found.error().message(),
                       "Look the name up by hand: " + platform::machine_commands().look_up_host +
                           "; mend DNS, or the address in [management]");
      return false;
    }
    std::string addresses;
    for (const std::string& one : *found) addresses += (addresses.empty() ? "" : ", ") + one;
    examination_.ok(check::kEndpointName, origin.host, "its addresses: " + addresses);
    return true;
  }

  void reach(app::AgentIdentity& identity) {
    const auto status = identity.reach(parts_.stop);
    if (!status.ok()) {
      examination_.failed(check::kEndpointReached, url_, status.error(),
                          "Compare with the endpoint's administrator, then check again: "
                          "certconnector doctor --area endpoint");
    } else if (*status >= 300 && *status < 400) {
      examination_.add(
          check::kEndpointReached, Verdict::failed, url_,
          "it redirects, which the agent never follows (HTTP " + std::to_string(*status) + ")",
          "Set [management] url to the address that it redirects to");
    } else {
      examination_.ok(check::kEndpointReached, url_,
                      "a verified server answers (HTTP " + std::to_string(*status) + ")");
    }
    compare_clocks();
  }

  void compare_clocks() {
    const auto theirs = witness_.seen();
    if (!theirs) {
      examination_.add(check::kClockEndpoint, Verdict::unknown, url_,
                       "no answer of the endpoint had a date",
                       "Compare by hand: " + platform::machine_commands().show_clock);
      return;
    }
    const Duration apart(std::abs((parts_.clock.wall() - *theirs).count()));
    const std::string evidence = "the two clocks are " + in_seconds(apart) + " apart";
    const Verdict verdict = apart > kWrongClock      ? Verdict::failed
                            : apart > kDoubtfulClock ? Verdict::warning
                                                     : Verdict::ok;
    if (verdict == Verdict::ok) {
      examination_.ok(check::kClockEndpoint, url_, evidence);
      return;
    }
    examination_.add(check::kClockEndpoint, verdict, url_,
                     evidence + ": here it is " + to_rfc3339(parts_.clock.wall()) +
                         ", there it is " + to_rfc3339(*theirs),
                     "Set the clock of the machine that is wrong; here: " +
                         platform::machine_commands().set_clock);
  }

  const Subject& subject_;
  const Parts& parts_;
  Examination& examination_;
  upstream::EndpointSlot slot_;
  Witness witness_;
  std::string url_;
};

void look_at_crl(const std::string& url, const Parts& parts, Examination& examination) {
  const auto wrong = [&](const std::string& why) {
    examination.add(check::kWebCrl, Verdict::failed, url, why,
                    "Publish the CRL there, or mend crl_url of the template: devices read it "
                    "there");
  };
  auto service = http::parse_service_url(url);
  if (!service.ok()) {
    wrong(service.error().message());
    return;
  }
  http::Request request;
  request.method = "GET";
  request.path = service->path.empty() ? "/" : service->path;
  http::FetchLimits limits{kPatience, kMaxCrl, parts.stop};
  const auto answer = parts.fetch(service->peer, request, limits);
  if (!answer.ok()) {
    wrong(answer.error().message());
    return;
  }
  if (answer->status != 200 || answer->body == nullptr) {
    wrong("it answers HTTP " + std::to_string(answer->status));
    return;
  }
  const auto crl = crypto::parse_crl(*answer->body);
  if (!crl.ok()) {
    wrong("what it answers is no CRL: " + crl.error().message());
  } else if (crl->next_update && *crl->next_update <= parts.clock.wall()) {
    wrong("the CRL there expired on " + to_rfc3339(*crl->next_update));
  } else {
    examination.ok(check::kWebCrl, url, "a CRL of " + to_rfc3339(crl->this_update) + " is there");
  }
}

}  // namespace

void examine_endpoint(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("endpoint") && !examination.wants("clock")) return;
  EndpointStage(subject, parts, examination).run();
}

void examine_clock(const Parts& parts, Examination& examination) {
  if (!examination.wants("clock")) return;
  const auto synchronized = parts.clock_is_synchronized();
  const std::string now = "it is " + to_rfc3339(parts.clock.wall());
  if (!synchronized) {
    examination.add(check::kClockSynchronized, Verdict::unknown, {},
                    now + "; this system does not tell whether a time service sets the clock",
                    "Compare: " + platform::machine_commands().show_clock);
  } else if (*synchronized) {
    examination.ok(check::kClockSynchronized, {}, now + ", and a time service sets the clock");
  } else {
    examination.add(check::kClockSynchronized, Verdict::warning, {},
                    now + ", and no time service sets the clock",
                    "Let one set it: " + platform::machine_commands().set_clock);
  }
}

void examine_listeners(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("listeners")) return;
  const config::Settings& settings = subject.settings;
  const auto agent = parts.connect(settings.agent.socket);
  // Also one that this user may not ask.
  const bool runs = agent.ok() || !tells_that_none_runs(agent.error());
  for (const std::string& address :
       {settings.http.listen, settings.http.tls_listen, settings.registration.listen}) {
    if (address.empty()) continue;
    if (runs) {
      examination.ok(check::kListenersPort, address,
                     "the running agent has it, and looks at it for agent.health");
      continue;
    }
    const Status free = parts.try_to_listen(address);
    if (free.ok()) {
      examination.ok(check::kListenersPort, address, "the agent can listen there");
    } else {
      examination.failed(check::kListenersPort, address, free.error(),
                         "End the program that listens there, or change the address in the "
                         "configuration");
    }
  }
}

void examine_web(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("web")) return;
  std::set<std::string> urls;
  for (const config::TemplateSettings& one : subject.settings.templates) {
    if (!one.crl_url.empty()) urls.insert(one.crl_url);
  }
  for (const std::string& url : urls) look_at_crl(url, parts, examination);
}

}  // namespace certconnector::doctor
