// The HTTP listeners in front of a SCEP service: TLS, the client behind a proxy, and the limits of
// a client.
#include "agent/app/http_module.h"

#include "common/http/client.h"
#include "tests/agent/app/scep_fixture.h"
#include "tests/common/http/raw_client.h"
#include "tests/support/keys/fake_machine_store.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using certconnector::testing::TestPki;
using http::testing::RawClient;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The other end of a listener.
class Line final : public http::Handler {
 public:
  explicit Line(http::Peer peer) : peer_(std::move(peer)) {}

  void handle(http::Request request, http::Reply reply) override {
    auto answer = http::fetch(peer_, request, std::chrono::seconds(20));
    if (!answer.ok()) return reply.send(http::text_response(599, answer.error().message()));
    reply.send(std::move(*answer));
  }

 private:
  const http::Peer peer_;
};

const std::string kCapabilities = "operation=GetCACaps";

class HttpModuleTest : public ScepFixture {
 protected:
  // The service of start_static(), with these keys of [http].
  void open(const std::string& http_keys) {
    start_static("", "[http]\n" + http_keys);
    reopen(http_keys);
  }
  // Another HttpModule in front of the same service.
  void reopen(const std::string& http_keys) {
    settings_ = site_.settings("[http]\nlisten=127.0.0.1:0\n" + http_keys);
    http_ = std::make_unique<HttpModule>(
        HttpParts{agent().scep(), clock_, site_.logger, machine_store_});
    const Status configured = http_->configure(settings_);
    ASSERT_TRUE(configured.ok()) << configured.error().message();
  }

  void listen() {
    const Status started = http_->start();
    ASSERT_TRUE(started.ok()) << started.error().message();
  }

  // Puts the server's certificate where tls_keys() says.
  void put_certificate(const TestPki& pki) {
    site_.folder.write("server.pem", pki.server_chain_pem());
    certconnector::testing::close_to_others(
        site_.folder.write("server.key", pki.server().key_pem()));
  }
  [[nodiscard]] std::string tls_keys() const {
    return "tls_listen=127.0.0.1:0\ncertificate_file=" + site_.folder.file("server.pem") +
           "\nkey_file=" + site_.folder.file("server.key") + "\n";
  }
  [[nodiscard]] http::Peer tls_peer(const TestPki& pki) const {
    return {"127.0.0.1", http_->tls_port(),
            http::PeerTrust{"localhost", pki.root().certificate.to_pem()}};
  }

  // A client of the module without a listener, from this address.
  [[nodiscard]] ScepClient from(const std::string& peer, const std::string& forwarded_for = "") {
    return ScepClient(http_->handler()).from(peer, forwarded_for);
  }
  [[nodiscard]] static ScepRequest guess(const std::string& transaction_id) {
    return enrollment("a guess", "CN=phone,O=Test", transaction_id);
  }

  // A certificate of the listener in the machine's store.
  void put_into_store(const TestPki& pki, certconnector::testing::FakeKey key = {}) {
    machine_store_.put(pki.server(), key, {pki.intermediate().certificate});
  }

  SystemClock clock_;
  certconnector::testing::FakeMachineStore machine_store_;
  config::Settings settings_;
  std::unique_ptr<HttpModule> http_;
};

TEST_F(HttpModuleTest, BothListenersEnroll) {
  const TestPki pki;
  put_certificate(pki);
  open(tls_keys());
  listen();
  Line plain({"127.0.0.1", http_->port()});
  EXPECT_TRUE(ScepClient(plain).ask(enrollment(kSecret)).issued());
  Line tls(tls_peer(pki));
  const ScepAnswer answer =
      ScepClient(tls).ask(enrollment(kSecret, "CN=tablet,O=Test", "over-tls"));
  EXPECT_TRUE(answer.issued()) << answer.http << answer.text << answer.fail_info;
  EXPECT_EQ(certificates_issued(), 2U);
}

TEST_F(HttpModuleTest, AReloadTakesUpAnotherCertificateAndLeavesABadOneAlone) {
  const TestPki old;
  put_certificate(old);
  open(tls_keys());
  listen();
  Line first(tls_peer(old));
  EXPECT_EQ(ScepClient(first).get(kCapabilities).status, 200U);

  const TestPki next;
  put_certificate(next);
  ASSERT_TRUE(http_->configure(settings_).ok());
  Line line(tls_peer(next));
  EXPECT_EQ(ScepClient(line).get(kCapabilities).status, 200U);
  Line before(tls_peer(old));
  EXPECT_EQ(ScepClient(before).get(kCapabilities).status, 599U) << "the old certificate is gone";

  site_.folder.write("server.pem", old.server_chain_pem());
  config::Settings wrong = settings_;
  wrong.http.requests_per_minute = 1;
  const Status refused = http_->configure(wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("[http]"));
  EXPECT_THAT(refused.error().message(), HasSubstr("none of the certificates belongs to the key"));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ScepClient(line).get(kCapabilities).status, 200U) << "all stays";
}

const std::string kStoreKeys =
    "tls_listen=127.0.0.1:0\ncertificate_store=subject:CN=localhost,O=Test\n";

TEST_F(HttpModuleTest, ASuccessorInTheMachinesStoreIsTakenByItself) {
  const TestPki old;
  put_into_store(old);
  open(kStoreKeys);
  listen();
  Line first(tls_peer(old));
  EXPECT_EQ(ScepClient(first).get(kCapabilities).status, 200U);
  const int opened = machine_store_.opened();
  http_->look_into_store();
  EXPECT_EQ(machine_store_.opened(), opened) << "nothing is new";

  const TestPki next;
  machine_store_.clear();
  put_into_store(next, {true, true, false});
  http_->look_into_store();
  Line line(tls_peer(next));
  EXPECT_EQ(ScepClient(line).get(kCapabilities).status, 200U) << "also with a key without PSS";
  EXPECT_THAT(site_.logger.records("http.certificate_from_store"), SizeIs(1));
  EXPECT_THAT(http_->findings(clock_.wall()), IsEmpty());

  machine_store_.clear();
  http_->look_into_store();
  EXPECT_EQ(ScepClient(line).get(kCapabilities).status, 200U) << "the one in use stays";
  const auto findings = http_->findings(clock_.wall());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].code, &core::finding::kServerCertificateUnfit);
  EXPECT_THAT(findings[0].message, HasSubstr("no certificate with the subject CN=localhost"));
}

TEST_F(HttpModuleTest, AListenerOpensOnceTheMachinesStoreHasItsCertificate) {
  const TestPki pki;
  open(kStoreKeys);
  listen();
  EXPECT_EQ(http_->tls_port(), 0);
  EXPECT_NE(http_->port(), 0) << "the other one serves";
  ASSERT_THAT(http_->findings(clock_.wall()), SizeIs(1));
  EXPECT_EQ(http_->findings(clock_.wall())[0].code, &core::finding::kListenerSilent);
  put_into_store(pki, {false});
  http_->look_into_store();
  EXPECT_THAT(http_->findings(clock_.wall())[0].message, HasSubstr("has no private key"));
  http_->look_into_store();
  EXPECT_THAT(site_.logger.records("http.certificate_not_in_store"), SizeIs(2)) << "once each";

  put_into_store(pki);
  http_->look_into_store();
  Line line(tls_peer(pki));
  EXPECT_EQ(ScepClient(line).get(kCapabilities).status, 200U);
  EXPECT_THAT(http_->peers(), SizeIs(2));
  EXPECT_THAT(http_->findings(clock_.wall()), IsEmpty());
}

TEST_F(HttpModuleTest, AServiceIsTestedOverTls) {
  const TestPki pki;
  put_certificate(pki);
  open(tls_keys());
  listen();
  ScepModule& scep = agent().scep_module();
  for (http::Peer& peer : http_->peers()) {
    if (peer.tls) scep.listening_at(std::move(peer));
  }
  EXPECT_EQ(scep.address(), "");
  EXPECT_EQ(scep.tls_address(), "127.0.0.1:" + std::to_string(http_->tls_port()));
  static_cast<void>(client().ra());
  const std::string url = "https://localhost:" + std::to_string(http_->tls_port());
  const std::string root = pki.root().certificate.to_pem();
  struct Row {
    const char* what;
    control::ScepTest test;
    const char* failure;  // a part of it; empty: none
  };
  for (const Row& row :
       {Row{"its own listener", {"phones", "", "CN=x", "", ""}, ""},
        Row{"where devices go", {"phones", "", "CN=y", url, root}, ""},
        Row{"with the path", {"phones", "", "CN=z", url + kScepPath, root}, ""},
        Row{"an unknown CA", {"phones", "", "CN=x", url, ""}, "is not trusted"},
        Row{"another name", {"phones", "", "CN=x", "https://127.0.0.2:1", root}, "connecting"},
        Row{"another path", {"phones", "", "CN=x", url + "/other", root}, "HTTP 404"}}) {
    const auto test = scep.enroll_for_test(row.test);
    ASSERT_TRUE(test.ok()) << row.what << ": " << test.error().message();
    EXPECT_EQ(test->failure.empty(), *row.failure == '\0') << row.what << ": " << test->failure;
    EXPECT_THAT(test->failure, HasSubstr(row.failure)) << row.what;
    const bool untrusted = std::string_view(row.failure) == "is not trusted";
    EXPECT_EQ(test->next.find("--ca-file") != std::string::npos, untrusted) << test->next;
  }
  EXPECT_FALSE(scep.enroll_for_test({"phones", "", "CN=x", "scep.example.com", ""}).ok());
}

TEST_F(HttpModuleTest, FilesThatCannotBeUsedEndTheStart) {
  const TestPki pki;
  put_certificate(pki);
  open("");
  const config::Settings tls = site_.settings("[http]\n" + tls_keys());
  certconnector::testing::let_others_only_read(tls.http.key_file);
  const Status open_to_all = http_->configure(tls);
  ASSERT_FALSE(open_to_all.ok());
  EXPECT_THAT(open_to_all.error().message(), HasSubstr("server.key"));
  std::filesystem::remove(tls.http.certificate_file);
  EXPECT_THAT(http_->configure(tls).error().message(), HasSubstr("server.pem"));
}

TEST_F(HttpModuleTest, RequestsAreLimitedForTheClientBehindATrustedProxy) {
  open("requests_per_minute=2\ntrusted_proxies=198.51.100.1\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(from("198.51.100.1", "203.0.113.5").get(kCapabilities).status, 200U);
  }
  const http::Response refused = from("198.51.100.1", "203.0.113.5").get(kCapabilities);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.headers.at(0), std::pair(std::string("Retry-After"), std::string("30")));
  EXPECT_EQ(from("198.51.100.1", "203.0.113.6").get(kCapabilities).status, 200U);

  for (int i = 0; i < 4; ++i) {
    const std::string made_up = "203.0.113." + std::to_string(100 + i);
    EXPECT_EQ(from("192.0.2.9", made_up).get(kCapabilities).status, i < 2 ? 200U : 429U);
  }
  const auto told = site_.logger.records("http.client_limited");
  ASSERT_EQ(told.size(), 2U) << "one line for a client, however often it comes";
  EXPECT_EQ(told[0].field("client"), "203.0.113.5");
  EXPECT_EQ(told[1].field("client"), "192.0.2.9");
}

TEST_F(HttpModuleTest, WrongChallengesLockTheirClientOutAndNoOther) {
  open("challenge_failures_per_hour=3\ntrusted_proxies=198.51.100.1\n");
  ScepClient guesser = from("198.51.100.1", "203.0.113.5");
  for (const char* id : {"G1", "G2", "G3"}) EXPECT_EQ(guesser.ask(guess(id)).fail_info, "2") << id;
  EXPECT_EQ(guesser.ask(guess("G4")).http, 429U);
  const ScepRequest good = enrollment(kSecret);
  EXPECT_EQ(guesser.ask(good).http, 429U) << "whatever its challenge is";
  EXPECT_EQ(guesser.get(kCapabilities).status, 200U);

  EXPECT_TRUE(from("198.51.100.1", "203.0.113.6").ask(good).issued()) << "its neighbor";
  EXPECT_EQ(from("192.0.2.9", "203.0.113.5").ask(good).http, 200U) << "who only says that it is it";
  const auto told = site_.logger.records("scep.client_locked_out");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].field("client"), "203.0.113.5");
  for (const auto& refused : site_.logger.records("scep.refused")) {
    EXPECT_EQ(refused.field("peer"), "203.0.113.5");
  }
}

TEST_F(HttpModuleTest, OneAddressCannotTakeEveryConnection) {
  open("max_connections=16\n");
  listen();
  const std::string request =
      "GET " + kScepPath + "?" + kCapabilities + " HTTP/1.1\r\nHost: h\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 12; ++i) {
    held.push_back(std::make_unique<RawClient>(http_->port()));
    ASSERT_TRUE(held.back()->send("GET /drip"));
  }
  for (int i = 0; i < 4; ++i) {
    const RawClient other(http_->port(), "127.0.0.2");
    other.send(request);
    EXPECT_THAT(other.read_until("\r\n\r\n"), HasSubstr(" 200 OK"));
  }
  for (const auto& client : held) EXPECT_TRUE(client->send("s")) << "none had to go for those";
  for (std::size_t i = 0; i < 4; ++i) {
    held.push_back(std::make_unique<RawClient>(http_->port()));
    held.back()->send(request);
    EXPECT_THAT(held.back()->read_until("\r\n\r\n"), HasSubstr(" 200 OK"))
        << "in the place of the first";
    EXPECT_THAT(held[i]->read_to_end(), HasSubstr(" 503 "));
  }
}

TEST_F(HttpModuleTest, AHeaderOverTheNetworkCountsFromAProxyAlone) {
  struct Row {
    const char* keys;
    const char* client;
  };
  open("");
  for (const Row& row : {Row{"", "203.0.113.5"}, Row{"trusted_proxies=\n", "127.0.0.1"},
                         Row{"trusted_proxies=198.51.100.0/24\n", "127.0.0.1"}}) {
    reopen(row.keys);
    listen();
    site_.logger.clear();
    Line line({"127.0.0.1", http_->port()});
    EXPECT_EQ(ScepClient(line).from("", "203.0.113.5").ask(guess("G1")).fail_info, "2");
    EXPECT_EQ(site_.logger.records("scep.refused").at(0).field("peer"), row.client) << row.keys;
  }
}

class ChallengeLockout : public HttpModuleTest {};

TEST_F(ChallengeLockout, ChallengesThatWereGoodOnceAreNoGuesses) {
  start_signed("challenge_clock_skew = 0s\n", "[http]\nchallenge_failures_per_hour=1\n");
  challenge::Claims late = claims("late");
  late.expires = late.not_before + std::chrono::seconds(1);
  const std::string used = mint(claims("used"));
  EXPECT_TRUE(client().ask(enrollment(used)).issued());
  for (int i = 0; i < 3; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(client().ask(enrollment(mint(late), "CN=phone,O=Test", "late-" + id)).fail_info, "2");
    EXPECT_EQ(client().ask(enrollment(used, "CN=other,O=Test", "other-" + id)).fail_info, "2");
  }
  EXPECT_EQ(client().ask(guess("G1")).fail_info, "2");
  EXPECT_EQ(client().ask(guess("G2")).http, 429U);
}

TEST(ConnectionsThatFit, LeaveFilesForTheRest) {
  struct Row {
    std::size_t wanted;
    std::size_t listeners;
    std::size_t files;
    std::size_t fit;
  };
  for (const Row& row : {Row{8192, 1, 32768, 8192}, Row{8192, 2, 32768, 8192},
                         Row{8192, 2, 16384, 7936}, Row{8192, 1, 1024, 512}, Row{100, 2, 1024, 100},
                         Row{8192, 2, 256, 16}, Row{65536, 1, 65536, 65024}}) {
    EXPECT_EQ(connections_that_fit(row.wanted, row.listeners, row.files), row.fit)
        << row.wanted << " " << row.files;
  }
}

TEST(MemoryShares, OfEachListenerIsFixed) {
  struct Row {
    const char* listen;
    const char* tls_listen;
    const char* registration;
    std::size_t http;
    std::size_t registration_share;
  };
  for (const Row& row : {Row{"a:1", "", "", 1200, 0}, Row{"", "a:1", "", 1200, 0},
                         Row{"a:1", "a:2", "", 600, 0}, Row{"a:1", "", "a:3", 900, 300},
                         Row{"a:1", "a:2", "a:3", 450, 300}, Row{"", "", "a:3", 900, 300}}) {
    config::Settings settings;
    settings.http.memory = 1200;
    settings.http.listen = row.listen;
    settings.http.tls_listen = row.tls_listen;
    settings.registration.listen = row.registration;
    EXPECT_EQ(share_memory(settings).http, row.http) << row.listen << row.tls_listen;
    EXPECT_EQ(share_memory(settings).registration, row.registration_share);
  }
}

}  // namespace
}  // namespace certconnector::app
