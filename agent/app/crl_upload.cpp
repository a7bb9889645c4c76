#include "agent/app/crl_upload.h"

#include <utility>

#include "agent/app/errors.h"
#include "agent/ca/earlier_records.h"

namespace certconnector::app {
namespace {

Error bad_upload(std::string what) {
  return {AppErrc::bad_upload, ErrorKind::permanent, std::move(what)};
}

}  // namespace

Result<std::optional<Bytes>> CrlUpload::add(const control::CrlPart& part) {
  const std::lock_guard lock(mutex_);
  if (part.size == 0 || part.size > ca::kMaxCrlSize) {
    return bad_upload("the CRL has " + std::to_string(part.size) + " octets; 1 to " +
                      std::to_string(ca::kMaxCrlSize) + " are allowed");
  }
  if (part.offset == 0) {
    id_ = part.upload;
    octets_ = Bytes();
  }
  const bool next = part.upload == id_ && part.offset == octets_.size() && !part.octets.empty();
  if (!next || part.octets.size() > part.size - part.offset) {
    return bad_upload("this is not the next part of the CRL that is under way");
  }
  octets_.insert(octets_.end(), part.octets.begin(), part.octets.end());
  if (octets_.size() < part.size) return std::optional<Bytes>();
  id_.clear();
  return std::make_optional(std::exchange(octets_, Bytes()));
}

}  // namespace certconnector::app
