#include "agent/ca/adcs/open_services.h"

#include <utility>

#include "agent/ca/adcs/windows/com_tools.h"

namespace certconnector::ca {
namespace {

// More than a CA's concurrency, so that some may hang.
constexpr std::size_t kMostCalls = 32;

class ComServices final : public CertificateServices {
 public:
  ComServices(const std::string& config_string, const Clock& clock)
      : workers_([config_string] { return std::make_unique<ComTools>(config_string); }, kMostCalls,
                 clock) {}

  Result<RequestState> submit(ByteView pkcs10, const std::string& attributes,
                              const core::CallContext& call) override {
    return ask<RequestState>("submitting the request", call,
                             [request = Bytes(pkcs10.begin(), pkcs10.end()), attributes](
                                 ComTools& tools, RequestState& state) {
                               return tools.submit(request, attributes, state);
                             });
  }
  Result<RequestState> retrieve(const std::string& request_id,
                                const core::CallContext& call) override {
    return ask<RequestState>("asking for request " + request_id, call,
                             [request_id](ComTools& tools, RequestState& state) {
                               return tools.retrieve(request_id, state);
                             });
  }
  Result<std::vector<FoundRequest>> find(const core::IdempotencyKey& job, Timestamp since,
                                         const core::CallContext& call) override {
    return ask<std::vector<FoundRequest>>(
        "looking for the request in the CA's database", call,
        [job, since](ComTools& tools, std::vector<FoundRequest>& found) {
          return tools.find(job, since, found);
        });
  }
  Result<Standing> standing(const std::string& serial, const core::CallContext& call) override {
    return ask<Standing>("looking at certificate " + serial, call,
                         [serial](ComTools& tools, Standing& standing) {
                           standing = Standing::never_issued;
                           return tools.standing(serial, standing);
                         });
  }
  Status revoke(const std::string& serial, std::uint32_t reason,
                const core::CallContext& call) override {
    const auto done = ask<bool>(
        "revoking certificate " + serial, call,
        [serial, reason](ComTools& tools, bool&) { return tools.revoke(serial, reason); });
    return done.ok() ? Status() : Status(done.error());
  }
  Result<std::vector<Bytes>> chain(const core::CallContext& call) override {
    return ask<std::vector<Bytes>>("asking for the CA's certificates", call,
                                   [](ComTools& tools, std::vector<Bytes>& certificates) {
                                     return tools.chain(certificates);
                                   });
  }
  Status probe(const core::CallContext& call) override {
    const auto done = ask<bool>("connecting to the CA", call,
                                [](ComTools& tools, bool&) { return tools.probe(); });
    return done.ok() ? Status() : Status(done.error());
  }

 private:
  template <typename Answer>
  struct Exchange {
    Hresult result = hresult::kOk;
    Answer answer{};
  };

  template <typename Answer, typename Call>
  Result<Answer> ask(const std::string& doing, const core::CallContext& context, Call call) {
    // The thread has it too: the call may outlive this one.
    const auto exchange = std::make_shared<Exchange<Answer>>();
    const CallEnd end = workers_.run(
        [exchange, call = std::move(call)](WorkerTools& tools) {
          exchange->result = call(static_cast<ComTools&>(tools), exchange->answer);
        },
        context);
    if (end == CallEnd::gave_up) return adcs_error(hresult::kTimeout, doing);
    if (end == CallEnd::not_begun) {
      return Error(AdcsErrc::unreachable, ErrorKind::transient,
                   doing +
                       ": calls to the CA hang, so that no other one was begun; see that the "
                       "CA's computer answers");
    }
    if (exchange->result != hresult::kOk) return adcs_error(exchange->result, doing);
    return std::move(exchange->answer);
  }

  CallWorkers workers_;
};

}  // namespace

Result<std::unique_ptr<CertificateServices>> open_services(const std::string& config_string,
                                                           const Clock& clock) {
  return std::unique_ptr<CertificateServices>(std::make_unique<ComServices>(config_string, clock));
}

}  // namespace certconnector::ca
