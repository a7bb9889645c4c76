#include "common/http/static_artifacts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/message_digest.h"
#include "common/text/hex.h"

namespace certconnector::http {
namespace {

// RFC 9110 section 13.1.2: "*", or a list that holds the tag. Quotes keep one tag from being part
// of another.
bool matches(const std::string& if_none_match, const std::string& etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string::npos;
}

std::string etag_of(ByteView sha256) { return "\"" + text::to_hex(sha256) + "\""; }

// Nothing: it cannot be read.
std::optional<std::string> etag_of(const ByteSource& source) {
  constexpr std::uint64_t kPiece = 65536;
  crypto::RunningHash hash(crypto::HashAlgorithm::sha256);
  Bytes piece;
  for (std::uint64_t at = 0; at < source.size(); at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min(kPiece, source.size() - at)));
    if (!source.read(at, piece)) return std::nullopt;
    hash.add(piece);
  }
  return etag_of(hash.finish().view());
}

}  // namespace

bool StaticArtifacts::publish_crl(const std::string& name, SharedBytes crl) {
  auto etag = etag_of(*crl);
  if (!etag) return false;
  publish("/" + name + ".crl", {"application/pkix-crl", std::move(*etag), nullptr, std::move(crl)});
  return true;
}

void StaticArtifacts::publish_certificate(const std::string& name,
                                          std::shared_ptr<const Bytes> certificate) {
  std::string etag = etag_of(crypto::view(crypto::sha256(*certificate)));
  publish("/" + name + ".cer",
          {"application/pkix-cert", std::move(etag), std::move(certificate), nullptr});
}

SharedBytes StaticArtifacts::crl(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = artifacts_.find("/" + name + ".crl");
  return found == artifacts_.end() ? nullptr : found->second.source;
}

void StaticArtifacts::publish(const std::string& path, Artifact artifact) {
  const std::lock_guard lock(mutex_);
  artifacts_[path] = std::move(artifact);
}

void StaticArtifacts::handle(Request request, Reply reply) { reply.send(answer(request)); }

Response StaticArtifacts::answer(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    Response refused = text_response(405, "GET and HEAD only");
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  const std::lock_guard lock(mutex_);
  const auto found = artifacts_.find(request.path);
  if (found == artifacts_.end()) return text_response(404, "there is no such file here");
  const Artifact& artifact = found->second;
  Response response;
  response.headers.emplace_back("ETag", artifact.etag);
  // A CRL can be replaced at any moment, so caches ask each time whether theirs is still the one.
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (matches(request.header("if-none-match"), artifact.etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = artifact.content_type;
  response.body = artifact.body;
  response.source = artifact.source;
  return response;
}

}  // namespace certconnector::http
