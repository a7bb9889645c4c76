// The table of the doctor's checks, with stable ids. An id is never renamed or
// reused. The part before the dot is the area, for --area.
#pragma once

#include <cstdint>
#include <string_view>

namespace certconnector::doctor {

enum class Verdict : std::uint8_t {
  ok,
  unknown,  // this cannot be checked here or now; the evidence says why
  warning,  // all works, and a person should look before it stops
  failed    // people or devices cannot rely on it
};
[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::unknown:
      return "unknown";
    case Verdict::warning:
      return "warning";
    case Verdict::failed:
      return "failed";
  }
  return "unknown";
}

struct Check {
  std::string_view id;
  std::string_view question;  // for documentation: "ok" is yes

  [[nodiscard]] constexpr std::string_view area() const { return id.substr(0, id.find('.')); }
};

// The list, once: CHECK(constant, id, question).
// A macro, since each line becomes a constant and an entry of a table.
#define CC_DOCTOR_CHECKS(CHECK)                                                                    \
  CHECK(kConfigurationFile, "configuration.file", "Has the configuration file no mistake?")        \
  CHECK(kConfigurationNotes, "configuration.notes", "Can the CAs issue all that it offers?")       \
  CHECK(kAgentRunning, "agent.running", "Does an agent answer at the control socket?")             \
  CHECK(kAgentHealth, "agent.health", "Does the running agent find nothing wrong?")                \
  CHECK(kAgentVersion, "agent.version", "Is the running agent of the installed version?")          \
  CHECK(kFilesUser, "files.user",                                                                  \
        "Is the agent's user known, and may it read the "                                          \
        "configuration?")                                                                          \
  CHECK(kFilesUsable, "files.usable", "Can that user use every file and folder, and nobody else?") \
  CHECK(kDiskRoom, "disk.room", "Is there room for database and log?")                             \
  CHECK(kDatabaseReadable, "database.readable", "Can the whole database be read?")                 \
  CHECK(kCertificatesIdentity, "certificates.identity",                                            \
        "Is the certificate for the endpoint valid for a while?")                                  \
  CHECK(kCertificatesListener, "certificates.listener",                                            \
        "Are the certificates of TLS listeners valid for a while?")                                \
  CHECK(kCertificatesCa, "certificates.ca", "Is each CA set up and valid for a while?")            \
  CHECK(kCertificatesRa, "certificates.ra", "Are the RA certificates of SCEP services valid?")     \
  CHECK(kCertificatesCrl, "certificates.crl", "Is each published CRL of an embedded CA valid?")    \
  CHECK(kClockSynchronized, "clock.synchronized", "Does a time service set the clock?")            \
  CHECK(kClockEndpoint, "clock.endpoint", "Does the clock agree with the endpoint's?")             \
  CHECK(kEndpointConfigured, "endpoint.configured", "Is there an endpoint and an identity?")       \
  CHECK(kEndpointName, "endpoint.name", "Is an address known for the endpoint, or its proxy?")     \
  CHECK(kEndpointReached, "endpoint.reached",                                                      \
        "Does the endpoint answer over verified TLS, through the proxy where there is one?")       \
  CHECK(kListenersPort, "listeners.port", "Is each listener's port the agent's alone?")            \
  CHECK(kWebCrl, "web.crl", "Can the CRL be had at the address that certificates name?")           \
  CHECK(kServiceInstalled, "service.installed",                                                    \
        "Does Windows have the service, start it by itself, and run it?")                          \
  CHECK(kWindowsVersion, "windows.version", "Is it Windows Server 2016 or later?")                 \
  CHECK(kWindowsRoles, "windows.roles", "Is the server neither a domain controller nor a CA?")     \
  CHECK(kWindowsTls, "windows.tls", "Is TLS 1.2 on for servers of Windows?")                       \
  CHECK(kWindowsRestart, "windows.restart",                                                        \
        "Has Windows started since the limits of HTTP.sys changed?")                               \
  CHECK(kNdesInstalled, "ndes.installed", "Is there an NDES?")                                     \
  CHECK(kNdesTemplates, "ndes.templates", "Do its templates differ from the default?")             \
  CHECK(kNdesHttpLimits, "ndes.http_limits", "Does HTTP.sys take long addresses?")                 \
  CHECK(kNdesUrlLimits, "ndes.url_limits", "Does IIS take long addresses?")                        \
  CHECK(kNdesFeatures, "ndes.features", "Are the features of Windows that NDES needs there?")      \
  CHECK(kNdesPool, "ndes.pool", "Has IIS the application pool SCEP, and starts it?")               \
  CHECK(kNdesHttps, "ndes.https", "Has IIS a good server certificate for https?")                  \
  CHECK(kNdesRoots, "ndes.roots", "Are all trusted roots roots?")                                  \
  CHECK(kNdesRaCertificates, "ndes.ra_certificates", "Are NDES's two RA certificates valid?")      \
  CHECK(kNdesModule, "ndes.module", "Is our policy module that of NDES?")                          \
  CHECK(kNdesModuleSettings, "ndes.module_settings", "Does the module have all its settings?")     \
  CHECK(kNdesAnswers, "ndes.answers", "Does NDES answer 403 to a browser?")                        \
  CHECK(kNdesCapabilities, "ndes.capabilities", "Does NDES answer GetCACaps?")                     \
  CHECK(kNdesAccount, "ndes.account", "Is NDES's account usable, and no administrator?")           \
  CHECK(kNdesSpn, "ndes.spn", "Has the account its SPN?")                                          \
  CHECK(kNdesPublished, "ndes.published", "Does the CA offer the templates?")

#define CC_DOCTOR_CHECK(constant, id, question) inline constexpr Check constant{id, question};
namespace check {
CC_DOCTOR_CHECKS(CC_DOCTOR_CHECK)
}
#undef CC_DOCTOR_CHECK

#define CC_DOCTOR_CHECK(constant, id, question) &check::constant,
inline constexpr const Check* kChecks[] = {CC_DOCTOR_CHECKS(CC_DOCTOR_CHECK)};
#undef CC_DOCTOR_CHECK

}  // namespace certconnector::doctor
