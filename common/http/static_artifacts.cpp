#include "common/http/static_artifacts.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/text/hex.h"

namespace certconnector::http {
namespace {

// RFC 9110 section 13.1.2: "*", or a list that holds the tag. Quotes keep one tag from being part
// of another.
bool matches(const std::string& if_none_match, const std::string& etag) {
  return if_none_match == "*" || if_none_match.find(etag) != std::string::npos;
}

}  // namespace

void StaticArtifacts::publish_crl(const std::string& name, std::shared_ptr<const Bytes> crl) {
  publish("/" + name + ".crl", "application/pkix-crl", std::move(crl));
}

void StaticArtifacts::publish_certificate(const std::string& name,
                                          std::shared_ptr<const Bytes> certificate) {
  publish("/" + name + ".cer", "application/pkix-cert", std::move(certificate));
}

std::shared_ptr<const Bytes> StaticArtifacts::crl(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = artifacts_.find("/" + name + ".crl");
  return found == artifacts_.end() ? nullptr : found->second.body;
}

void StaticArtifacts::publish(const std::string& path, std::string content_type,
                              std::shared_ptr<const Bytes> body) {
  Artifact artifact;
  artifact.content_type = std::move(content_type);
  artifact.etag = "\"" + text::to_hex(crypto::view(crypto::sha256(*body))) + "\"";
  artifact.body = std::move(body);
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
  return response;
}

}  // namespace certconnector::http
