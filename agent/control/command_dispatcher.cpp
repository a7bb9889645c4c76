#include "agent/control/command_dispatcher.h"

#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>

#include "agent/control/agent_commands.h"
#include "agent/control/ca_commands.h"
#include "agent/control/certificate_commands.h"
#include "agent/control/challenge_commands.h"
#include "agent/control/job_commands.h"
#include "agent/control/lineage_commands.h"
#include "agent/control/request_errors.h"
#include "agent/control/scep_commands.h"
#include "proto/control/codec.h"
#include "proto/control/commands.h"
#include "proto/control/envelope.h"
#include "proto/control/frame.h"

namespace certconnector::control {

namespace {

namespace command = control_proto::command;

// A command's parameters after its arguments are of these types.
using Ports =
    std::tuple<core::JobStore&, const IssueRecords&, StatusOperations&, OperatingModeOperations&,
               IdentityOperations&, CaOperations&, CertificateLookups&, JobOperations&,
               BackupOperations&, ConfigurationOperations&, ReloadOperations&, ChallengeOperations&,
               ScepOperations&, const Clock&, const Caller&>;

using Run = Result<std::string> (*)(const Ports&, std::string_view arguments);

template <auto Function, typename Arguments, typename Answer, typename... Needed>
Result<std::string> run_as(const Ports& ports, std::string_view text,
                           Result<Answer> (* /*deduces*/)(const Arguments&, Needed...)) {
  CC_TRY_ASSIGN(const Arguments arguments, control_proto::decode_arguments<Arguments>(text));
  CC_TRY_ASSIGN(const Answer answer, Function(arguments, std::get<Needed>(ports)...));
  return control_proto::encode(answer);
}

template <auto Function>
Result<std::string> run(const Ports& ports, std::string_view text) {
  return run_as<Function>(ports, text, Function);
}

enum class Effect { reads, changes };
struct Entry {
  std::string_view name;
  Effect effect;
  Run run;
};

constexpr std::array kCommands{
    Entry{command::kStatus, Effect::reads, run<status>},
    Entry{command::kHealth, Effect::reads, run<health>},
    Entry{command::kVersion, Effect::reads, run<version>},
    Entry{command::kJobsList, Effect::reads, run<list_jobs>},
    Entry{command::kJobsShow, Effect::reads, run<show_jobs>},
    Entry{command::kJobsExplain, Effect::reads, run<explain_jobs>},
    Entry{command::kJobsRetry, Effect::changes, run<retry_job>},
    Entry{command::kJobsCancel, Effect::changes, run<cancel_job>},
    Entry{command::kJobsApprove, Effect::changes, run<approve_job>},
    Entry{command::kJobsDeny, Effect::changes, run<deny_job>},
    Entry{command::kCaList, Effect::reads, run<list_cas>},
    Entry{command::kCaTest, Effect::reads, run<test_ca>},
    Entry{command::kCaCreate, Effect::changes, run<create_ca>},
    Entry{command::kCaImport, Effect::changes, run<import_ca>},
    Entry{command::kCaEarlier, Effect::changes, run<take_earlier>},
    Entry{command::kCaExport, Effect::reads, run<export_ca>},
    Entry{command::kCaPublishCrl, Effect::changes, run<publish_crl>},
    Entry{command::kChallengeNew, Effect::changes, run<new_challenge>},
    Entry{command::kChallengeList, Effect::reads, run<list_challenges>},
    Entry{command::kChallengeRevoke, Effect::changes, run<revoke_challenge>},
    Entry{command::kScepList, Effect::reads, run<list_scep>},
    Entry{command::kScepCaps, Effect::reads, run<scep_caps>},
    Entry{command::kScepExplain, Effect::reads, run<explain_enrollment>},
    Entry{command::kScepTest, Effect::changes, run<test_scep>},
    Entry{command::kCertsList, Effect::reads, run<list_certificates>},
    Entry{command::kCertsShow, Effect::reads, run<show_certificate>},
    Entry{command::kCertsRevoke, Effect::changes, run<revoke_certificate>},
    Entry{command::kLineageShow, Effect::reads, run<show_lineage>},
    Entry{command::kLineageAllow, Effect::changes, run<allow_renewals>},
    Entry{command::kLineageRevoke, Effect::changes, run<revoke_lineage>},
    Entry{command::kEnroll, Effect::changes, run<enroll>},
    Entry{command::kIdentityShow, Effect::reads, run<show_identity>},
    Entry{command::kIdentityRenew, Effect::changes, run<renew_identity>},
    Entry{command::kReload, Effect::changes, run<reload>},
    Entry{command::kPause, Effect::changes, run<pause>},
    Entry{command::kResume, Effect::changes, run<resume>},
    Entry{command::kClockAccept, Effect::changes, run<accept_clock>},
    Entry{command::kDrain, Effect::changes, run<drain>},
    Entry{command::kBackup, Effect::changes, run<backup>},
    Entry{command::kBackupProgress, Effect::reads, run<backup_progress>},
    Entry{command::kConfigShow, Effect::reads, run<show_configuration>},
};

const Entry* find_command(std::string_view name) {
  for (const Entry& entry : kCommands) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

Result<std::string> execute(const Entry& entry, const Ports& ports, const std::string& arguments,
                            log::Logger& logger) {
  try {
    return entry.run(ports, arguments);
  } catch (const std::exception& e) {
    logger.error("control.exception", "a command ended in an exception; the agent goes on",
                 {{"command", entry.name}, {"reason", e.what()}});
  } catch (...) {
    logger.error("control.exception", "a command ended in an exception; the agent goes on",
                 {{"command", entry.name}});
  }
  return Error(RequestErrc::internal, ErrorKind::permanent, "the agent failed inside this command");
}

void record(const Entry& entry, const std::string& who, const Result<std::string>& result,
            log::Logger& logger) {
  if (entry.effect == Effect::reads) return;
  if (result) {
    logger.info("control.command", "done as asked on the control socket",
                {{"command", entry.name}, {"who", who}});
  } else {
    logger.warning("control.command", "not done as asked on the control socket",
                   {{"command", entry.name},
                    {"who", who},
                    {"code", result.error().code().name},
                    {"reason", result.error().message()}});
  }
}

std::string refuse(const Error& error) {
  return control_proto::encode_answer(
      {control_proto::Problem{std::string(error.code().name), error.message(), remedy_for(error)},
       "{}"});
}

}  // namespace

std::string CommandDispatcher::answer(std::string_view request, const std::string& who) {
  const auto parsed = control_proto::decode_request(request);
  if (!parsed) return refuse(parsed.error());
  const Entry* entry = find_command(parsed->command);
  if (entry == nullptr) {
    return refuse(Error(RequestErrc::unknown_command, ErrorKind::permanent,
                        "this agent has no command '" + parsed->command + "'"));
  }
  const IssueRecords issues{parts_.store, parts_.enrollments, parts_.certificates, parts_.lineages};
  const Caller caller{who};
  const Ports ports{parts_.store,          issues,          parts_.status,
                    parts_.operating_mode, parts_.identity, parts_.cas,
                    parts_.lookups,        parts_.jobs,     parts_.backup,
                    parts_.configuration,  parts_.reloads,  parts_.challenges,
                    parts_.scep,           parts_.clock,    caller};
  const auto result = execute(*entry, ports, parsed->arguments, logger_);
  record(*entry, who, result, logger_);
  if (!result) {
    if (result.error().kind() == ErrorKind::corrupt) parts_.found_damage(result.error());
    return refuse(result.error());
  }
  std::string answer = control_proto::encode_answer({std::nullopt, *result});
  if (answer.size() <= control_proto::kMaxFrame) return answer;
  return refuse(Error(RequestErrc::bad_value, ErrorKind::permanent,
                      "the answer has " + std::to_string(answer.size()) +
                          " octets, more than fit into a message; ask for fewer with --limit"));
}

}  // namespace certconnector::control
