#include "agent/app/store_certificate.h"

#include "agent/keys/errors.h"

namespace certconnector::app {
namespace {

Error in_key(const Error& error) { return error.with_context("certificate_store"); }

}  // namespace

Result<crypto::Certificate> find_in_store(const std::string& named, const keys::MachineStore& store,
                                          Timestamp now) {
  const auto wanted = keys::parse_certificate_wanted(named);
  if (!wanted.ok()) return in_key(wanted.error());
  auto found = store.find(*wanted, now);
  if (!found.ok()) return in_key(found.error());
  return found;
}

Result<core::Identity> open_from_store(const std::string& named, const keys::MachineStore& store,
                                       Timestamp now) {
  const auto wanted = keys::parse_certificate_wanted(named);
  if (!wanted.ok()) return in_key(wanted.error());
  auto opened = store.open(*wanted, now);
  if (!opened.ok()) return in_key(opened.error());
  return opened;
}

bool may_come_to_the_store(const Error& error) {
  return error.code() == keys::error_code(keys::KeysErrc::not_found) ||
         error.code() == keys::error_code(keys::KeysErrc::no_key);
}

}  // namespace certconnector::app
