// The servers that the adapter talks to, and those that it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "agent/cloud/reference/https_management_endpoint.h"
#include "tests/agent/cloud/reference/cloud_fixture.h"

namespace certconnector::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHeartbeatAnswer = R"({"server_time":"2026-01-01T00:00:00Z"})";

CertificateSpec server_spec() {
  CertificateSpec spec;
  spec.subject = "CN=localhost";
  spec.extended_key_usage = "serverAuth";
  spec.subject_alt_names = "DNS:localhost,IP:127.0.0.1";
  return spec;
}

ScriptedServerSettings server_with(const CertificateSpec& spec) {
  auto settings = good_server();
  settings.server = issue(shared_pki().intermediate(), spec);
  return settings;
}

struct Peer {
  std::string name;
  ScriptedServerSettings server;
  std::string host;
  std::string code;  // empty: it is accepted
  ErrorKind kind = ErrorKind::transient;
  std::string in_message;
};

void PrintTo(const Peer& peer, std::ostream* out) { *out << peer.name; }

std::vector<Peer> all_peers() {
  constexpr auto kTransient = ErrorKind::transient;
  auto expired = server_spec();
  expired.not_after = FakeClock::kStart - std::chrono::hours(24 * 365);
  auto future = server_spec();
  future.not_before = FakeClock::kStart + std::chrono::hours(24 * 365 * 10);
  auto common_name_only = server_spec();
  common_name_only.subject_alt_names.clear();
  auto other_name = server_spec();
  other_name.subject_alt_names = "DNS:elsewhere.example";
  auto client_only = server_spec();
  client_only.extended_key_usage = "clientAuth";

  auto own_root = good_server();
  own_root.chain.clear();
  own_root.server = make_self_signed(server_spec());
  auto no_intermediate = good_server();
  no_intermediate.chain.clear();
  auto old_tls = good_server();
  old_tls.max_version = TLS1_1_VERSION;
  auto tls12 = good_server();
  tls12.max_version = TLS1_2_VERSION;
  auto cbc_sha1 = tls12;
  cbc_sha1.suites = "ECDHE-ECDSA-AES128-SHA";
  auto asks_for_another_ca = good_server();
  asks_for_another_ca.client_ca = {make_self_signed(server_spec()).certificate};
  auto asks_for_another_ca_12 = asks_for_another_ca;
  asks_for_another_ca_12.max_version = TLS1_2_VERSION;

  return {
      {"good", good_server(), "localhost", "", kTransient, ""},
      {"good_by_address", good_server(), "127.0.0.1", "", kTransient, ""},
      {"good_tls_1_2", tls12, "localhost", "", kTransient, ""},
      {"other_name", server_with(other_name), "localhost", "other_host", kTransient,
       "hostname mismatch"},
      {"other_address", server_with(other_name), "127.0.0.1", "other_host", kTransient,
       "IP address mismatch"},
      {"common_name_only", server_with(common_name_only), "localhost", "other_host", kTransient,
       "hostname mismatch"},
      {"self_signed", own_root, "localhost", "untrusted", kTransient, "self-signed certificate"},
      {"chain_not_sent", no_intermediate, "localhost", "untrusted", kTransient,
       "unable to get local issuer certificate"},
      {"expired", server_with(expired), "localhost", "certificate_expired", kTransient,
       "has expired"},
      {"not_yet_valid", server_with(future), "localhost", "certificate_expired", kTransient,
       "not yet valid"},
      {"for_clients_only", server_with(client_only), "localhost", "untrusted", kTransient,
       "unsuitable certificate purpose"},
      {"cbc_sha1_only", cbc_sha1, "localhost", "unreachable", kTransient, "SSL handshake"},
      {"tls_1_1", old_tls, "localhost", "unreachable", kTransient, "SSL handshake"},
      {"refuses_our_certificate", asks_for_another_ca, "localhost", "identity_refused",
       ErrorKind::denied, "refused our certificate"},
      {"refuses_our_certificate_tls_1_2", asks_for_another_ca_12, "localhost", "identity_refused",
       ErrorKind::denied, "refused our certificate"},
  };
}

class EndpointPeer : public ::testing::TestWithParam<Peer> {};

TEST_P(EndpointPeer, IsAcceptedOrRefused) {
  const Peer& peer = GetParam();
  const ScriptedServer server(peer.server, [](ScriptedConnection& connection, const auto&) {
    connection.answer(200, kHeartbeatAnswer);
  });
  const FakeClock clock;
  const auto endpoint = make_endpoint(settings_for(server.url(peer.host)), clock);

  const auto result = endpoint->heartbeat(core::Heartbeat{}, StopToken());

  EXPECT_EQ(result.ok(), peer.code.empty());
  EXPECT_EQ(server.requests().empty(), !peer.code.empty());
  if (result.ok() || peer.code.empty()) return;
  EXPECT_EQ(result.error().code().name, peer.code) << result.error().message();
  EXPECT_EQ(result.error().kind(), peer.kind);
  EXPECT_THAT(result.error().message(), HasSubstr(peer.in_message));
}

INSTANTIATE_TEST_SUITE_P(All, EndpointPeer, ::testing::ValuesIn(all_peers()),
                         [](const auto& row) { return row.param.name; });

TEST(EndpointCredentials, AreCheckedBeforeAnythingIsConnected) {
  const FakeClock clock;
  NoWitness witness;
  const auto& pki = shared_pki();
  const auto make = [&](const cloud::EndpointSettings& settings, const net::Identity& identity) {
    auto made = cloud::make_management_endpoint(settings, identity, {}, clock, witness);
    return made ? std::string("made") : made.error().message();
  };
  const auto good = settings_for("https://localhost:1");
  auto no_anchor = good;
  no_anchor.trust_anchors.clear();
  auto bad_anchor = good;
  bad_anchor.trust_anchors = {Bytes{1, 2, 3}};
  const std::string secret = "hunter2";

  EXPECT_EQ(make(good, client_identity()), "made");
  EXPECT_THAT(make(no_anchor, client_identity()), HasSubstr("CA certificate is missing"));
  EXPECT_THAT(make(bad_anchor, client_identity()), HasSubstr("cannot be read"));
  EXPECT_THAT(make(good, {pki.client().key, {}}), HasSubstr("no certificate"));
  EXPECT_THAT(make(good, {pki.client().key, {Bytes{0x30}}}), HasSubstr("cannot be read"));
  EXPECT_THAT(make(settings_for("http://localhost:1"), client_identity()), HasSubstr("https://"));
  EXPECT_THAT(make(settings_for("https://user:" + secret + "@localhost:1"), client_identity()),
              ::testing::Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace certconnector::testing
