// Messages of clients that are large, slow, many, or meant to be read in two ways.
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/common/http/robustness_fixture.h"

namespace certconnector::http::testing {
namespace {

TEST_F(HttpRobustness, QueriesAsLongAsWindowsAndCiscoSendThem) {
  start();
  const std::string target =
      "GET /certsrv/mscep/mscep.dll?operation=PKIOperation&message=" + std::string(65534 - 31, 'A');
  for (const std::string rest : {" HTTP/1.0\r\n\r\n", " HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    const RawClient client(server_->port());
    client.send(target);
    client.send(rest);
    EXPECT_NE(client.read_until(" end\n").find("query 65534 body 0"), std::string::npos);
  }
}

TEST_F(HttpRobustness, Http10IsClosedUnlessItAsksForMore) {
  start();
  const RawClient client(server_->port());
  client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto first = client.read_until(" end\n");
  EXPECT_EQ(first.substr(0, 9), "HTTP/1.0 ");
  EXPECT_NE(first.find("Connection: keep-alive\r\n"), std::string::npos) << first;
  client.send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_NE(client.read_to_end().find("/2 query 0"), std::string::npos);
}

TEST_F(HttpRobustness, HeadsUpTo72KibArePossible) {
  start();
  const std::size_t limit = ServerSettings().max_header;
  const std::size_t fixed = kStart.size() + std::string("A: \r\n\r\n").size();
  const auto of_size = [&](std::size_t size) {
    return kStart + "A: " + std::string(size - fixed, 'a') + "\r\n\r\n";
  };
  EXPECT_EQ(exchange(of_size(limit)).find("HTTP/1.1 200"), 0U);
  EXPECT_EQ(exchange(of_size(limit + 1)).find("HTTP/1.1 431"), 0U);
  std::string many = kStart;
  const std::string field = "A: " + std::string(995, 'b') + "\r\n";
  while (many.size() + field.size() < limit - 20) many += field;
  EXPECT_EQ(exchange(many + "\r\n").find("HTTP/1.1 200"), 0U);
  many += field;
  EXPECT_EQ(exchange(many + "\r\n").find("HTTP/1.1 431"), 0U);
}

// However the headers are cut into reads, they do not add up in memory.
TEST_F(HttpRobustness, HeadersWithoutEndAreRefused) {
  start();
  const RawClient client(server_->port());
  client.send(kStart);
  std::string headers;
  while (headers.size() < 1000) headers += "A: b\r\n";
  std::size_t sent = 0;
  while (sent < 100000000 && client.send(headers)) sent += headers.size();
  EXPECT_LT(sent, 100000000U);
  EXPECT_NE(exchange(kStart + "\r\n").find("200 OK"), std::string::npos);
}

TEST_F(HttpRobustness, EveryOctetMayComeAlone) {
  start();
  const std::string request = kPost + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc" +
                              kChunked + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  const RawClient client(server_->port());
  client.send_without_delay();
  for (const char octet : request) ASSERT_TRUE(client.send({&octet, 1}));
  const auto answers = client.read_until("body 5 end");
  EXPECT_EQ(answers.find("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), 0U) << answers;
  EXPECT_NE(answers.find("body 3 end"), std::string::npos) << answers;
}

TEST_F(HttpRobustness, AThousandPipelinedRequestsAreAnsweredInOrder) {
  start();
  const RawClient client(server_->port());
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.send(all + kStart + "Connection: close\r\n\r\n");
  const auto answers = client.read_to_end();
  std::size_t at = 0;
  for (int i = 0; i < 1000; ++i) {
    at = answers.find("\n/" + std::to_string(i) + " query", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

// A body is never read as the next request.
TEST_F(HttpRobustness, ARequestInsideABodyIsABody) {
  start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n";
  EXPECT_EQ(exchange(kPost + length + hidden + kStart + "\r\n").find("/hidden"), std::string::npos);
  EXPECT_EQ(exchange(kStart + length + hidden).find("/hidden"), std::string::npos);
  EXPECT_EQ(exchange(kPost + "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n" + hidden)
                .find("/hidden"),
            std::string::npos);
}

TEST_F(HttpRobustness, ABodyTooLargeIsRefusedBeforeItIsAskedFor) {
  start();
  const auto answer = exchange(kPost + "Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
  EXPECT_EQ(answer.substr(9, 3), "413") << answer;
  // HTTP/1.0 knows no 100, RFC 9110 section 10.1.1.
  const auto old =
      exchange("POST /p HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(old.substr(9, 3), "200") << old;
}

// For what is not finished when the client stops.
const std::string kNoAnswer;

struct Trick {
  const char* name;
  std::string octets;
  std::string status;
};
std::ostream& operator<<(std::ostream& out, const Trick& row) { return out << row.name; }

std::vector<Trick> tricks() {
  const std::string end = "\r\nabc\r\n0\r\n\r\n";
  const auto coding = [](const std::string& line) { return kPost + line + "\r\n\r\n0\r\n\r\n"; };
  const auto length = [](const std::string& line) { return kPost + line + "\r\n\r\nabc"; };
  return {
      {"Chunk", kChunked + "3" + end, "200"},
      {"ChunkExtension", kChunked + "3;a=b;c=\"d\"" + end, "200"},
      {"ChunkLeadingZeros", kChunked + "0003" + end, "200"},
      {"ChunkHexPrefix", kChunked + "0x3" + end, "400"},
      {"ChunkPlus", kChunked + "+3" + end, "400"},
      {"ChunkMinus", kChunked + "-3" + end, "400"},
      {"ChunkBlankBefore", kChunked + " 3" + end, "400"},
      {"ChunkNoSize", kChunked + end, "400"},
      {"ChunkSizeIsExtension", kChunked + ";a=b" + end, "400"},
      {"ChunkNul", kChunked + std::string("3\0", 2) + end, "400"},
      {"ChunkBareLineFeeds", kChunked + "3\nabc\n0\n\n", kNoAnswer},
      {"ChunkExtensionLineFeed", kChunked + "3;a\nb" + end, "400"},
      {"ChunkNoEndOfData", kChunked + "3\r\nabcX\r\n0\r\n\r\n", "400"},
      {"ChunkSize32Bits", kChunked + "100000003" + end, "413"},
      {"ChunkSize64Bits", kChunked + "10000000000000003" + end, "400"},
      {"ChunkSizeAllOnes", kChunked + "ffffffffffffffff" + end, "413"},
      {"ChunkZerosWithoutEnd", kChunked + std::string(200000, '0') + "3" + end, "431"},
      {"ChunkExtensionTooLong", kChunked + "3;" + std::string(200000, 'a') + end, "431"},
      {"TrailerTooLong", kChunked + "0\r\nA: " + std::string(200000, 'a') + "\r\n\r\n", "431"},
      {"TrailerGarbage", kChunked + "0\r\nno colon\r\n\r\n", "400"},
      {"CodingBlankBeforeColon", coding("Transfer-Encoding : chunked"), "400"},
      {"CodingOther", coding("Transfer-Encoding: xchunked"), "501"},
      {"CodingChunkedIdentity", coding("Transfer-Encoding: chunked, identity"), "501"},
      {"CodingChunkedChunked", coding("Transfer-Encoding: chunked, chunked"), "501"},
      {"CodingVerticalTab",
       coding("Transfer-Encoding: \x0b"
              "chunked"),
       "400"},
      {"CodingQuoted", coding("Transfer-Encoding: \"chunked\""), "501"},
      {"CodingFolded", coding("Transfer-Encoding:\r\n chunked"), "200"},
      {"CodingUpperCase", coding("TRANSFER-ENCODING: CHUNKED"), "200"},
      {"CodingEmpty", coding("Transfer-Encoding:"), "501"},
      {"LengthList", length("Content-Length: 3, 3"), "400"},
      {"LengthTwiceTheSame", length("Content-Length: 3\r\nContent-Length: 3"), "400"},
      {"LengthPlus", length("Content-Length: +3"), "400"},
      {"LengthHex", length("Content-Length: 0x3"), "400"},
      {"LengthBlankInside", length("Content-Length: 3 3"), "400"},
      {"LengthEmpty", length("Content-Length:"), "400"},
      {"LengthNul", length(std::string("Content-Length: 3\0", 18)), "400"},
      {"LengthLeadingZeros", length("Content-Length: 003"), "200"},
      {"NulInTarget", std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28), "400"},
      {"BlankInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"NoVersion", "GET /\r\n\r\n", "400"},
      {"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n", "400"},
      {"NoMethod", " / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"CarriageReturnAlone", "GET / HTTP/1.1\rHost: h\r\r", "400"},
      {"NoHeaderName", kStart + ": v\r\n\r\n", "400"},
      {"Connect", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"TlsHello", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11), "400"},
  };
}

class HttpTrick : public HttpRobustness, public ::testing::WithParamInterface<Trick> {};

TEST_P(HttpTrick, HasOneMeaningOrNone) {
  start();
  const auto answer = exchange(GetParam().octets);
  if (GetParam().status == kNoAnswer) {
    EXPECT_EQ(answer, "");
    return;
  }
  ASSERT_EQ(answer.substr(0, 7), "HTTP/1.") << answer;
  EXPECT_EQ(answer.substr(9, 3), GetParam().status) << answer;
  // One request, one answer.
  EXPECT_EQ(answer.find("HTTP/1.", 7), std::string::npos) << answer;
}

INSTANTIATE_TEST_SUITE_P(Rows, HttpTrick, ::testing::ValuesIn(tricks()),
                         [](const auto& row) { return std::string(row.param.name); });

struct Drip {
  const char* name;
  std::string first;  // at once
  std::string then;   // again and again, never enough
};
std::ostream& operator<<(std::ostream& out, const Drip& row) { return out << row.name; }

class HttpDrip : public HttpRobustness, public ::testing::WithParamInterface<Drip> {};

// A little now and then does not buy time.
TEST_P(HttpDrip, IsCutOff) {
  ServerSettings settings;
  settings.idle_timeout = Duration(50);
  settings.transfer_timeout = Duration(50);
  start(settings);
  const RawClient client(server_->port());
  client.send(GetParam().first);
  while (!client.readable_within(2) && client.send(GetParam().then)) continue;
  EXPECT_EQ(client.read_to_end(), "");
}

// Each request is answered while all of the others are in the middle of theirs, and go on.
TEST_P(HttpDrip, HoldsUpNobodyElse) {
  ServerSettings settings;
  settings.idle_timeout = settings.transfer_timeout = std::chrono::minutes(10);
  start(settings);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<RawClient>(server_->port()));
    ASSERT_TRUE(slow.back()->send(GetParam().first));
  }
  const RawClient kept(server_->port());
  for (int round = 0; round < 5; ++round) {
    for (const auto& client : slow) ASSERT_TRUE(client->send(GetParam().then));
    kept.send(kStart + "\r\n");
    EXPECT_NE(kept.read_until(" end\n").find("200 OK"), std::string::npos) << round;
    const std::string post = exchange(kPost + "Content-Length: 3\r\n\r\nabc");
    EXPECT_NE(post.find("body 3 end"), std::string::npos) << round;
  }
  for (const auto& client : slow) EXPECT_FALSE(client->readable_within(0)) << "it still drips";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HttpDrip,
    ::testing::Values(Drip{"RequestLine", "GET /", "a"}, Drip{"Value", kStart + "A: ", "a"},
                      Drip{"Headers", kStart, "A: b\r\n"},
                      Drip{"Body", kPost + "Content-Length: 60000\r\n\r\n", "a"},
                      Drip{"Chunks", kChunked, "1\r\na\r\n"},
                      Drip{"ChunkExtension", kChunked + "1;", "a"},
                      Drip{"Trailer", kChunked + "0\r\nA: ", "a"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(HttpRobustness, ConnectionsThatAreResetDoNoHarm) {
  start();
  for (const std::string& part :
       {std::string(), kStart, kStart + "\r\n", kPost + "Content-Length: 9\r\n\r\nab",
        kPost + "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", kChunked + "5\r\na"}) {
    for (int i = 0; i < 20; ++i) {
      const RawClient client(server_->port());
      client.send(part);
      client.reset_at_the_end();
    }
  }
  EXPECT_NE(exchange(kStart + "\r\n").find("200 OK"), std::string::npos);
  EXPECT_EQ(log_.count("http.connection_failed"), 0U);
}

}  // namespace
}  // namespace certconnector::http::testing
