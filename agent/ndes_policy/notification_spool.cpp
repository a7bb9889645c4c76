#include "agent/ndes_policy/notification_spool.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "common/crypto/digest.h"
#include "common/text/hex.h"
#include "proto/registration/codec.h"

namespace certconnector::ndes_policy {
namespace {

namespace wire = registration_wire;

constexpr std::string_view kEnding = ".json";
constexpr std::size_t kRandomOctets = 8;

bool has_ending(const std::string& name) {
  return name.size() > kEnding.size() &&
         name.compare(name.size() - kEnding.size(), kEnding.size(), kEnding) == 0;
}

// Names of one length sort by their time.
std::string new_name(Timestamp now) {
  std::array<char, 24> time{};
  std::snprintf(time.data(), time.size(), "%016lld", static_cast<long long>(to_millis(now)));
  return std::string(time.data()) + "-" + text::to_hex(crypto::random_bytes(kRandomOctets)) +
         std::string(kEnding);
}

wire::Notification without_secret(wire::Notification notification) {
  if (notification.challenge.empty()) return notification;
  const auto digest = crypto::sha256(as_bytes(notification.challenge));
  notification.challenge_sha256.assign(digest.begin(), digest.end());
  notification.challenge.clear();
  return notification;
}

}  // namespace

Result<std::string> NotificationSpool::add(const wire::Notification& notification) {
  CC_TRY_ASSIGN(const auto there, names());
  if (there.size() >= kMost) {
    return Error(PolicyErrc::spool_full, ErrorKind::transient,
                 std::to_string(there.size()) + " notifications wait in " + folder_ + " already");
  }
  std::string name = new_name(clock_.wall());
  CC_TRY(platform::create_file(path_of(name),
                               wire::encode_notification(without_secret(notification)),
                               platform::FileMode::secret));
  return name;
}

Result<std::vector<std::string>> NotificationSpool::names() const {
  CC_TRY_ASSIGN(std::vector<std::string> all, platform::list_folder(folder_));
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](const std::string& name) { return !has_ending(name); }),
            all.end());
  std::sort(all.begin(), all.end());
  return all;
}

Result<wire::Notification> NotificationSpool::read(const std::string& name) const {
  const auto text = platform::read_file(path_of(name), wire::kMaxBody);
  if (!text.ok()) {
    const bool too_large = text.error().code() == error_code(platform::PlatformErrc::too_large);
    if (!too_large) return text.error();
    return Error(PolicyErrc::damaged, ErrorKind::permanent, text.error().message());
  }
  auto notification = wire::decode_notification(*text);
  if (notification.ok()) return notification;
  return Error(PolicyErrc::damaged, ErrorKind::permanent,
               path_of(name) + ": " + notification.error().message());
}

Status NotificationSpool::remove(const std::string& name) {
  return platform::remove_file(path_of(name));
}

Status NotificationSpool::put_aside(const std::string& name) {
  return platform::rename_in_folder(path_of(name), path_of(name) + ".bad");
}

}  // namespace certconnector::ndes_policy
