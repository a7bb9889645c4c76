#include "common/crypto/distribution_points.h"

#include <algorithm>
#include <utility>

#include "common/crypto/der.h"
#include "common/crypto/errors.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxPoints = 20;
constexpr std::size_t kMaxPointNames = 20;
constexpr std::uint8_t kUriName = der::context_primitive(6);

Error malformed_point() {
  return {CryptoErrc::malformed, ErrorKind::permanent, "a CRL distribution point cannot be read"};
}

Result<DistributionPoint> read_point(der::Reader fields) {
  constexpr unsigned kName = 0;
  constexpr unsigned kReasons = 1;
  constexpr unsigned kIssuer = 2;
  DistributionPoint point;
  if (fields.next_is(der::context(kName))) {
    const auto name = fields.read(der::context(kName));
    if (!name) return malformed_point();
    CC_TRY(read_point_name(*name, point));
  }
  if (fields.next_is(der::context_primitive(kReasons))) {
    if (!fields.read_any()) return malformed_point();
    point.some_reasons = true;
  }
  if (fields.next_is(der::context(kIssuer))) {
    if (!fields.read_any()) return malformed_point();
    point.other_issuer = true;
  }
  if (!fields.at_end()) return malformed_point();
  return point;
}

}  // namespace

Status read_point_name(ByteView name, DistributionPoint& point) {
  constexpr unsigned kFullName = 0;
  constexpr unsigned kRelativeName = 1;
  der::Reader choice(name);
  if (choice.next_is(der::context(kRelativeName))) {
    point.relative = true;
    const bool read = choice.read_any().has_value() && choice.at_end();
    return read ? Status() : Status(malformed_point());
  }
  auto names = choice.enter(der::context(kFullName));
  if (!names || !choice.at_end()) return malformed_point();
  while (!names->at_end()) {
    const auto one = names->read_any();
    if (!one || point.names.size() == kMaxPointNames) return malformed_point();
    point.names.push_back(one->whole);
  }
  return {};
}

Result<std::vector<DistributionPoint>> parse_distribution_points(ByteView value) {
  const auto contents = der::read_only(value, der::kSequence);
  if (!contents) return malformed_point();
  std::vector<DistributionPoint> points;
  der::Reader list(*contents);
  while (!list.at_end()) {
    const auto fields = list.enter(der::kSequence);
    if (!fields || points.size() == kMaxPoints) return malformed_point();
    CC_TRY_ASSIGN(DistributionPoint point, read_point(*fields));
    points.push_back(std::move(point));
  }
  return points;
}

std::vector<std::string> uris_of(const std::vector<DistributionPoint>& points) {
  std::vector<std::string> uris;
  for (const DistributionPoint& point : points) {
    for (const ByteView name : point.names) {
      const auto uri = der::read_only(name, kUriName);
      if (!uri) continue;
      std::string text(as_text(*uri));
      if (std::find(uris.begin(), uris.end(), text) == uris.end()) uris.push_back(std::move(text));
    }
  }
  return uris;
}

}  // namespace certconnector::crypto
