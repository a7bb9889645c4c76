// The names of the control commands, as on the wire.
#pragma once

#include <string_view>

namespace certconnector::control_proto::command {

inline constexpr std::string_view kStatus = "status";
inline constexpr std::string_view kHealth = "health";
inline constexpr std::string_view kJobsList = "jobs.list";
inline constexpr std::string_view kJobsShow = "jobs.show";
inline constexpr std::string_view kJobsExplain = "jobs.explain";
inline constexpr std::string_view kJobsRetry = "jobs.retry";
inline constexpr std::string_view kJobsCancel = "jobs.cancel";
inline constexpr std::string_view kJobsApprove = "jobs.approve";
inline constexpr std::string_view kJobsDeny = "jobs.deny";
inline constexpr std::string_view kCaList = "ca.list";
inline constexpr std::string_view kCaTest = "ca.test";
inline constexpr std::string_view kCaCreate = "ca.create";
inline constexpr std::string_view kCaImport = "ca.import";
inline constexpr std::string_view kCaEarlier = "ca.earlier";
inline constexpr std::string_view kCaExport = "ca.export";
inline constexpr std::string_view kCaPublishCrl = "ca.publish_crl";
inline constexpr std::string_view kChallengeNew = "challenge.new";
inline constexpr std::string_view kChallengeList = "challenge.list";
inline constexpr std::string_view kChallengeRevoke = "challenge.revoke";
inline constexpr std::string_view kScepList = "scep.list";
inline constexpr std::string_view kScepCaps = "scep.caps";
inline constexpr std::string_view kScepExplain = "scep.explain";
inline constexpr std::string_view kScepTest = "scep.test";
inline constexpr std::string_view kCertsList = "certs.list";
inline constexpr std::string_view kCertsShow = "certs.show";
inline constexpr std::string_view kCertsRevoke = "certs.revoke";
inline constexpr std::string_view kLineageShow = "lineage.show";
inline constexpr std::string_view kLineageAllow = "lineage.allow";
inline constexpr std::string_view kLineageRevoke = "lineage.revoke";
inline constexpr std::string_view kEnroll = "enroll";
inline constexpr std::string_view kIdentityShow = "identity.show";
inline constexpr std::string_view kIdentityRenew = "identity.renew";
inline constexpr std::string_view kReload = "reload";
inline constexpr std::string_view kPause = "pause";
inline constexpr std::string_view kResume = "resume";
inline constexpr std::string_view kDrain = "drain";
inline constexpr std::string_view kClockAccept = "clock.accept";
inline constexpr std::string_view kBackup = "backup";
inline constexpr std::string_view kBackupProgress = "backup.progress";
inline constexpr std::string_view kConfigShow = "config.show";
inline constexpr std::string_view kVersion = "version";

}  // namespace certconnector::control_proto::command
