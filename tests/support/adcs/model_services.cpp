#include "tests/support/adcs/model_services.h"

namespace certconnector::ca::testing {
namespace {

class ModelServices final : public CertificateServices {
 public:
  explicit ModelServices(AdcsModel& model) : model_(model) {}

  Result<RequestState> submit(ByteView pkcs10, const std::string& attributes,
                              const core::CallContext& call) override {
    RequestState state;
    CC_TRY(done(model_.submit(pkcs10, attributes, state), "submitting the request", call));
    return state;
  }
  Result<RequestState> retrieve(const std::string& request_id,
                                const core::CallContext& call) override {
    RequestState state;
    CC_TRY(done(model_.retrieve(request_id, state), "asking for the request", call));
    return state;
  }
  Result<std::vector<FoundRequest>> find(const core::IdempotencyKey& job, Timestamp /*since*/,
                                         const core::CallContext& call) override {
    std::vector<FoundRequest> found;
    CC_TRY(done(model_.find(job, found), "looking for the request", call));
    return found;
  }
  Result<Standing> standing(const std::string& serial, const core::CallContext& call) override {
    Standing standing = Standing::never_issued;
    CC_TRY(done(model_.standing(serial, standing), "looking at the certificate", call));
    return standing;
  }
  Status revoke(const std::string& serial, std::uint32_t reason,
                const core::CallContext& call) override {
    return done(model_.revoke(serial, reason), "revoking the certificate", call);
  }
  Result<std::vector<Bytes>> chain(const core::CallContext& /*call*/) override {
    std::vector<Bytes> all;
    for (const auto& one : model_.chain()) all.push_back(one.der());
    return all;
  }
  Status probe(const core::CallContext& call) override {
    return done(model_.probe(), "asking the CA", call);
  }

 private:
  static Status done(Hresult result, const std::string& doing, const core::CallContext& call) {
    if (call.stop.stop_requested()) return adcs_error(hresult::kTimeout, doing);
    return result == hresult::kOk ? Status() : Status(adcs_error(result, doing));
  }

  AdcsModel& model_;
};

}  // namespace

std::unique_ptr<CertificateServices> services_of(AdcsModel& model) {
  return std::make_unique<ModelServices>(model);
}

}  // namespace certconnector::ca::testing
