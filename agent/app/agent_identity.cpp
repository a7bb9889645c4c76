#include "agent/app/agent_identity.h"

#include <nlohmann/json.hpp>

#include "agent/app/errors.h"
#include "agent/app/named_files.h"
#include "agent/app/store_certificate.h"
#include "agent/app/version.h"
#include "agent/cloud/reference/onboarding.h"
#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/host_name.h"
#include "agent/platform/paths.h"
#include "agent/upstream/identity.h"
#include "common/crypto/certificate_chain.h"
#include "common/crypto/pkcs10.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::app {
namespace {

constexpr std::size_t kMaxFile = 256UL * 1024;

std::vector<Bytes> to_der(const std::vector<crypto::Certificate>& chain) {
  std::vector<Bytes> der;
  der.reserve(chain.size());
  for (const auto& certificate : chain) der.push_back(certificate.der());
  return der;
}

Result<std::vector<crypto::Certificate>> from_der(const std::vector<Bytes>& all) {
  std::vector<crypto::Certificate> chain;
  for (const Bytes& der : all) {
    CC_TRY_ASSIGN(auto certificate, crypto::Certificate::from_der(der));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

Result<std::vector<Bytes>> anchors_from(const std::string& pem, const std::string& where) {
  auto certificates = crypto::Certificate::all_from_pem(pem);
  if (!certificates.ok()) return certificates.error().with_context(where);
  return to_der(*certificates);
}

std::string write_record(const IdentityOrigin& origin) {
  return json::dump({{"url", origin.url}, {"agent_id", origin.agent_id}}) + "\n";
}

Result<IdentityOrigin> read_record(const std::string& text) {
  CC_TRY_ASSIGN(const nlohmann::json value, json::parse(text));
  json::Problems problems;
  json::ObjectReader reader(value, problems);
  IdentityOrigin origin;
  origin.url = reader.required("url").text({1, 2048}).value_or("");
  origin.agent_id = reader.required("agent_id").text(json::kId).value_or("");
  origin.enrolled = true;
  CC_TRY(problems.status("endpoint.json"));
  return origin;
}

std::string agent_name() {
  const std::string name = platform::host_name();
  // The common name's upper bound, RFC 5280 appendix A.1.
  constexpr std::size_t kLongestName = 64;
  return name.empty() ? "certconnector" : name.substr(0, kLongestName);
}

Error no_endpoint() {
  return {AppErrc::not_enrolled, ErrorKind::permanent,
          "there is no endpoint yet; run: certconnector enroll"};
}

}  // namespace

Error not_renewable(bool in_store) {
  return {AppErrc::not_renewable, ErrorKind::permanent,
          in_store ? "the client certificate is in the machine's store; renew it there, and the "
                     "agent takes the successor by itself"
                   : "the client certificate comes from files of the configuration; replace those "
                     "and reload"};
}

AgentIdentity::AgentIdentity(const config::Settings& settings, upstream::EndpointSlot& slot,
                             cloud::ChainSource chains, const Clock& clock,
                             core::TimeWitness& witness, const keys::MachineStore& store)
    : state_dir_(settings.agent.state_dir),
      folder_(settings.agent.state_dir),
      slot_(slot),
      chains_(std::move(chains)),
      clock_(clock),
      witness_(witness),
      store_(store),
      settings_(settings.management) {}

Result<std::optional<core::Identity>> AgentIdentity::load() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return settings_.own_certificate() ? load_configured() : load_enrolled();
}

Result<std::optional<core::Identity>> AgentIdentity::load_configured() {
  Record record;
  record.origin.url = settings_.url;
  if (settings_.ca == config::EndpointCa::configured) {
    CC_TRY_ASSIGN(record.anchors_pem, platform::read_trusted_file(settings_.ca_file, kMaxFile));
  }
  CC_TRY_ASSIGN(core::Identity identity, read_own_certificate(settings_, store_, clock_.wall()));
  record.origin.in_store = !settings_.certificate_store.empty();
  record_ = std::move(record);
  return std::optional(std::move(identity));
}

Result<std::optional<core::Identity>> AgentIdentity::load_enrolled() {
  CC_TRY_ASSIGN(auto files, folder_.load());
  if (!files) return std::optional<core::Identity>();
  auto key = crypto::PrivateKey::from_pem(files->key_pem);
  if (!key.ok()) return key.error().with_context(platform::join_path(folder_.path(), "key.pem"));
  auto chain = crypto::Certificate::all_from_pem(files->certificate_pem);
  if (!chain.ok())
    return chain.error().with_context(platform::join_path(folder_.path(), "certificate.pem"));
  auto origin = read_record(files->endpoint_json);
  if (!origin.ok()) return origin.error().with_context(folder_.path());
  record_ = Record{*origin, files->endpoint_ca_pem};
  return std::optional(core::Identity{*key, *chain});
}

Status AgentIdentity::save(const core::Identity& identity) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!record_ || !record_->origin.enrolled) {
    return not_renewable(record_ && record_->origin.in_store);
  }
  return store(identity, *record_);
}

Status AgentIdentity::store(const core::Identity& identity, const Record& record) const {
  CC_TRY_ASSIGN(const std::string key_pem, identity.key.to_pkcs8_pem());
  CC_TRY(folder_.save(
      {key_pem, crypto::to_pem(identity.chain), write_record(record.origin), record.anchors_pem}));
  CC_TRY(platform::remove_file(request_path()));
  return platform::remove_file(next_key_path());
}

Status AgentIdentity::activate(const core::Identity& identity) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (endpoint_) {
    CC_TRY(endpoint_->update_identity({identity.key, to_der(identity.chain)}));
    active_ = identity;
    return {};
  }
  return connect(identity);
}

Status AgentIdentity::connect(const core::Identity& identity) {
  if (!record_) return no_endpoint();
  cloud::EndpointSettings settings;
  settings.url = settings_.url.empty() ? record_->origin.url : settings_.url;
  settings.name = settings_.name;
  settings.request_timeout = settings_.request_timeout;
  CC_TRY_ASSIGN(ChosenProxy proxy, read_proxy(settings_));
  settings.proxy = std::move(proxy.fixed);
  settings.system_proxy = std::move(proxy.system);
  CC_TRY(trust(settings));
  CC_TRY_ASSIGN(auto endpoint,
                cloud::make_management_endpoint(settings, {identity.key, to_der(identity.chain)},
                                                chains_, clock_, witness_));
  endpoint_ = std::move(endpoint);
  slot_.set(endpoint_);
  active_ = identity;
  url_ = settings.url;
  return {};
}

Status AgentIdentity::trust(cloud::EndpointSettings& settings) const {
  if (settings_.ca == config::EndpointCa::system) {
    CC_TRY_ASSIGN(settings.system_trust, crypto::system_trust());
    return {};
  }
  std::string anchors_pem = record_->anchors_pem;
  if (!settings_.ca_file.empty()) {
    CC_TRY_ASSIGN(anchors_pem, platform::read_trusted_file(settings_.ca_file, kMaxFile));
  }
  CC_TRY_ASSIGN(settings.trust_anchors,
                anchors_from(anchors_pem, "the CA of the management endpoint"));
  return {};
}

Status AgentIdentity::reconfigure(const config::ManagementSettings& settings) {
  const std::lock_guard<std::mutex> lock(mutex_);
  settings_ = settings;
  return active_ ? connect(core::Identity(*active_)) : Status();
}

Result<std::optional<crypto::PrivateKey>> AgentIdentity::load_next_key() {
  const auto pem = platform::read_secret_file(next_key_path(), kMaxFile);
  if (!pem.ok()) {
    if (pem.error().code() == error_code(platform::PlatformErrc::not_found)) {
      return std::optional<crypto::PrivateKey>();
    }
    return pem.error();
  }
  auto key = crypto::PrivateKey::from_pem(*pem);
  if (!key.ok()) return key.error().with_context(next_key_path());
  return std::optional(std::move(*key));
}

Status AgentIdentity::save_next_key(const crypto::PrivateKey& key) {
  CC_TRY_ASSIGN(const std::string pem, key.to_pkcs8_pem());
  return platform::write_file_atomically(next_key_path(), pem, platform::FileMode::secret);
}

// The agent keeps the request beside its key: each ECDSA signature differs.
Result<Bytes> AgentIdentity::request_for(const crypto::PrivateKey& key) const {
  const auto kept = platform::read_file(request_path(), kMaxFile);
  if (kept.ok()) {
    const auto parsed = crypto::Pkcs10::parse(as_bytes(*kept).to_bytes());
    if (parsed.ok() && parsed->public_key_info() == ByteView(key.public_key_info())) {
      return as_bytes(*kept).to_bytes();
    }
  }
  crypto::Pkcs10Spec spec;
  constexpr const char* kCommonName = "2.5.4.3";
  spec.subject = {{{kCommonName, agent_name()}}};
  spec.key_usage = crypto::kDigitalSignature;
  spec.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  CC_TRY_ASSIGN(Bytes request, crypto::make_pkcs10(key, spec));
  CC_TRY(platform::write_file_atomically(request_path(), as_text(request),
                                         platform::FileMode::secret));
  return request;
}

Result<core::Identity> AgentIdentity::enroll(const std::string& token, const StopToken& stop) {
  config::ManagementSettings settings;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    settings = settings_;
  }
  CC_TRY_ASSIGN(auto next, load_next_key());
  if (!next) {
    CC_TRY_ASSIGN(next, crypto::PrivateKey::generate({crypto::KeyKind::ec, 256}));
    CC_TRY(save_next_key(*next));
  }
  cloud::OnboardingOrder order;
  order.token = token;
  CC_TRY_ASSIGN(order.pkcs10, request_for(*next));
  order.agent_name = agent_name();
  order.version = kVersion;
  CC_TRY_ASSIGN(ChosenProxy proxy, read_proxy(settings));
  order.proxy = std::move(proxy.fixed);
  order.system_proxy = std::move(proxy.system);
  order.timeout = settings.request_timeout;
  CC_TRY_ASSIGN(const cloud::Onboarded enrolled, cloud::onboard(order, clock_, stop));
  CC_TRY_ASSIGN(auto chain, from_der(enrolled.certificates));
  core::Identity identity{*next, std::move(chain)};
  CC_TRY(upstream::check_identity(identity.chain.front(), identity.key, clock_.wall(),
                                  upstream::kAskTheIssuer));
  Record record{{enrolled.url, enrolled.agent_id, true}, enrolled.endpoint_ca_pem};
  const std::lock_guard<std::mutex> lock(mutex_);
  CC_TRY(store(identity, record));
  record_ = std::move(record);
  CC_TRY(connect(identity));
  return identity;
}

Result<int> AgentIdentity::reach(const StopToken& stop) {
  std::shared_ptr<cloud::HttpsManagementEndpoint> endpoint;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    endpoint = endpoint_;
  }
  if (!endpoint) return no_endpoint();
  return endpoint->reach(stop);
}

std::optional<IdentityOrigin> AgentIdentity::origin() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!active_ || !record_) return std::nullopt;
  IdentityOrigin origin = record_->origin;
  origin.url = url_;
  return origin;
}

std::optional<core::Identity> AgentIdentity::active() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return active_;
}

Result<bool> AgentIdentity::has_successor() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (settings_.certificate_store.empty()) return false;
  CC_TRY_ASSIGN(const crypto::Certificate newest,
                find_in_store(settings_.certificate_store, store_, clock_.wall()));
  return !active_ || active_->chain.front().der() != newest.der();
}

std::string AgentIdentity::how_to_replace() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!settings_.own_certificate()) {
    return "get a new token and run: certconnector enroll -";
  }
  if (!settings_.certificate_store.empty()) return upstream::kEnrollInTheStore;
  const std::string files = settings_.pkcs12_file.empty()
                                ? settings_.certificate_file + " and " + settings_.key_file
                                : settings_.pkcs12_file;
  return "put a new certificate and its key in place of " + files +
         ", then start or reload the agent";
}

std::string AgentIdentity::next_key_path() const {
  return platform::join_path(state_dir_, "next_key.pem");
}
std::string AgentIdentity::request_path() const {
  return platform::join_path(state_dir_, "enrollment_request.der");
}

}  // namespace certconnector::app
