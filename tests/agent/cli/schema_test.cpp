// packaging/schema: a JSON Schema for each command, with exactly the members that the command
// prints. tests/integration/harness.py validates real answers against them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "agent/cli/command.h"
#include "agent/core/finding_codes.h"
#include "agent/core/job.h"
#include "agent/jobs/operating_mode.h"
#include "proto/control/challenge_message_fields.h"
#include "proto/control/document.h"
#include "proto/control/message_fields.h"

namespace certconnector::testing {
namespace {

namespace fs = std::filesystem;
namespace wire = control_proto;
using nlohmann::json;

fs::path schema_folder() { return fs::path(CC_PACKAGING_DIR) / "schema"; }

json read_schema(const std::string& name) {
  std::ifstream file(schema_folder() / (name + ".json"));
  return json::parse(file, nullptr, false);
}

const json& common() {
  static const json kCommon = read_schema("common");
  return kCommon;
}

// The schema that a `$ref` names, in `file` or in common.json.
const json& resolved(const json& schema, const json& file) {
  if (!schema.contains("$ref")) return schema;
  const auto ref = schema["$ref"].get<std::string>();
  const json& holder = ref.front() == '#' ? file : common();
  return holder.at(json::json_pointer(ref.substr(ref.find('#') + 1)));
}

std::string type_of(const json& schema, const json& file) {
  return resolved(schema, file).value("type", "none");
}

// Visits the members of a message as the codec does, and compares them with the schema of an
// object.
class MemberCheck {
 public:
  MemberCheck(const json& object, const json& file, std::string where)
      : object_(object), file_(file), where_(std::move(where)) {
    EXPECT_EQ(object.value("additionalProperties", json()), json(false)) << where_;
  }

  template <typename T>
  void visit(const char* name, T& field) {
    expect(name, field, true);
  }
  template <typename T>
  void visit(const char* name, std::optional<T>& field) {
    expect(name, field.emplace(), false);
  }
  template <typename T>
  void always(const char* name, T& field) {
    expect(name, field, true);
  }
  template <typename T>
  void may(const char* name, T& field) {
    expect(name, field, false);
  }
  void expect_no_other(std::set<std::string> more) {
    more.insert(seen_.begin(), seen_.end());
    for (const auto& [name, schema] : object_["properties"].items()) {
      EXPECT_EQ(more.count(name), 1U) << where_ << "." << name << " is printed nowhere";
      EXPECT_FALSE(schema.value("description", resolved_in_place(schema)).empty())
          << where_ << "." << name << " has no description";
    }
  }

 private:
  std::string resolved_in_place(const json& schema) const {
    return resolved(schema, holder()).value("description", "");
  }
  // Schemas of common.json refer to their own file.
  [[nodiscard]] const json& holder() const { return file_; }

  template <typename T>
  void expect(std::string name, T& field, bool always_there) {
    if (name == "version" && top_) name = "agent_version";
    seen_.insert(name);
    const std::string place = where_ + "." + name;
    if (!object_["properties"].contains(name)) {
      ADD_FAILURE() << place << " is in no schema";
      return;
    }
    const json required = object_.value("required", json::array());
    EXPECT_EQ(std::count(required.begin(), required.end(), json(name)), always_there ? 1 : 0)
        << place;
    check(object_["properties"][name], file_, place, field);
  }

  static void check(const json& schema, const json& file, const std::string& place, std::string&) {
    EXPECT_EQ(type_of(schema, file), "string") << place;
  }
  static void check(const json& schema, const json& /*file*/, const std::string& place,
                    Timestamp&) {
    const auto ref = schema.value("$ref", "");
    EXPECT_NE(ref.find("#/$defs/time"), std::string::npos) << place;
  }
  static void check(const json& schema, const json& file, const std::string& place, bool&) {
    EXPECT_EQ(type_of(schema, file), "boolean") << place;
  }
  static void check(const json& schema, const json& file, const std::string& place, std::int64_t&) {
    EXPECT_EQ(type_of(schema, file), "integer") << place;
  }
  static void check(const json& schema, const json& file, const std::string& place,
                    std::uint64_t&) {
    EXPECT_EQ(type_of(schema, file), "integer") << place;
    EXPECT_TRUE(resolved(schema, file).contains("minimum")) << place;
  }
  template <typename T>
  static void check(const json& schema, const json& file, const std::string& place,
                    std::vector<T>&) {
    ASSERT_EQ(type_of(schema, file), "array") << place;
    T item{};
    check(resolved(schema, file)["items"], file, place + "[]", item);
  }
  template <typename T>
  static std::enable_if_t<std::is_class_v<T>> check(const json& schema, const json& file,
                                                    const std::string& place, T& field) {
    const bool elsewhere = schema.value("$ref", "").find("common.json") == 0;
    const json& object = resolved(schema, file);
    ASSERT_EQ(object.value("type", ""), "object") << place;
    MemberCheck members(object, elsewhere ? common() : file, place);
    members.top_ = false;
    describe(members, field);
    members.expect_no_other({});
  }

  const json& object_;
  const json& file_;
  std::string where_;
  std::set<std::string> seen_;
  bool top_ = true;
};

// Whether the document that holds a T is the one of the `number`th branch.
template <typename T>
void check_answer(const std::string& command, std::size_t number = 0,
                  const std::set<std::string>& beside = {"version", "ok"}) {
  const json file = read_schema(command);
  ASSERT_TRUE(file.is_object()) << command << " has no schema";
  const json& branch = file.at("oneOf").at(number);
  const json& object = resolved(branch, file);
  const bool elsewhere = branch["$ref"].get<std::string>().front() != '#';
  MemberCheck members(object, elsewhere ? common() : file, command);
  T message{};
  describe(members, message);
  members.expect_no_other(beside);
  const json& required = object["required"];
  for (const std::string& name : beside) {
    EXPECT_EQ(std::count(required.begin(), required.end(), json(name)), 1) << command;
  }
}

using Check = std::function<void(const std::string& command)>;
template <typename T>
Check answers() {
  return [](const std::string& command) { check_answer<T>(command); };
}

const std::map<std::string, Check>& checks() {
  static const std::map<std::string, Check> kChecks{
      {"status", answers<wire::StatusResult>()},
      {"health", answers<wire::HealthResult>()},
      {"version", answers<wire::VersionResult>()},
      {"jobs list", answers<wire::JobsListResult>()},
      {"jobs show", answers<wire::JobsShowResult>()},
      {"jobs explain", answers<wire::JobsExplainResult>()},
      {"jobs retry", answers<wire::JobChangedResult>()},
      {"jobs cancel", answers<wire::JobChangedResult>()},
      {"jobs approve", answers<wire::JobChangedResult>()},
      {"jobs deny", answers<wire::JobChangedResult>()},
      {"ca list", answers<wire::CaListResult>()},
      {"ca test", answers<wire::CaTestResult>()},
      {"ca create", answers<wire::CaCreatedResult>()},
      {"ca import", answers<wire::CaCreatedResult>()},
      {"ca adopt", answers<wire::CaPublishCrlResult>()},
      {"ca export", answers<wire::CaExportResult>()},
      {"ca publish-crl", answers<wire::CaPublishCrlResult>()},
      {"certs list", answers<wire::CertsListResult>()},
      {"certs show", answers<wire::CertShowResult>()},
      {"certs revoke",
       [](const std::string& command) {
         check_answer<wire::CertRevokeResult>(command);
         check_answer<wire::LineageRevokedResult>(command, 1);
       }},
      {"certs lineage show", answers<wire::LineageResult>()},
      {"certs lineage allow", answers<wire::LineageResult>()},
      {"scep list", answers<wire::ScepListResult>()},
      {"scep caps", answers<wire::ScepCapsResult>()},
      {"scep explain", answers<wire::ScepExplainResult>()},
      {"scep test", answers<wire::ScepTestResult>()},
      {"challenge new", answers<wire::ChallengeNewResult>()},
      {"challenge list", answers<wire::ChallengesListResult>()},
      {"challenge revoke", answers<wire::ChallengeRevokedResult>()},
      {"enroll", answers<wire::IdentityResult>()},
      {"identity show", answers<wire::IdentityResult>()},
      {"identity renew", answers<wire::IdentityResult>()},
      {"pause", answers<wire::RunStateResult>()},
      {"clock accept", answers<wire::RunStateResult>()},
      {"resume", answers<wire::RunStateResult>()},
      {"drain", answers<wire::RunStateResult>()},
      {"reload", answers<wire::ReloadResult>()},
      {"backup", answers<wire::BackupResult>()},
      {"completion", answers<wire::CompletionResult>()},
      {"doctor", answers<wire::DoctorResult>()},
      {"config show", answers<wire::ConfigShowResult>()},
      {"config check",
       [](const std::string& command) {
         check_answer<wire::ConfigCheckResult>(command);
         check_answer<wire::ConfigProblemsResult>(command, 1, {"version", "ok", "error"});
       }},
      // Of no message: tests/integration/json_test.py.
      {"restore", [](const std::string& /*command*/) {}},
  };
  return kChecks;
}

std::string file_name(const std::string& command) {
  std::string name = command;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

TEST(Schema, ThereIsOneForEachCommandAndNoOther) {
  std::set<std::string> expected{"common.json"};
  for (const cli::Command& command : cli::all_commands()) {
    expected.insert(file_name(std::string(command.name)) + ".json");
    EXPECT_EQ(checks().count(std::string(command.name)), 1U) << command.name;
  }
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(schema_folder())) {
    found.insert(entry.path().filename().string());
  }
  EXPECT_EQ(found, expected);
}

TEST(Schema, HasExactlyTheMembersOfTheAnswer) {
  for (const auto& [command, check] : checks()) check(file_name(command));
}

TEST(Schema, EveryCommandMayFailInTheSameWay) {
  for (const cli::Command& command : cli::all_commands()) {
    const std::string name(command.name);
    const json file = read_schema(file_name(name));
    EXPECT_EQ(file["$schema"], "https://json-schema.org/draft/2020-12/schema") << name;
    EXPECT_EQ(file["title"], "certconnector " + name + " --json");
    const json& failure = resolved(file["oneOf"].back(), file);
    EXPECT_EQ(failure["properties"]["ok"]["const"], json(false)) << name;
    EXPECT_EQ(failure["properties"]["error"]["$ref"].get<std::string>().substr(
                  failure["properties"]["error"]["$ref"].get<std::string>().find('#')),
              "#/$defs/problem")
        << name;
  }
  EXPECT_EQ(common()["$defs"]["version"]["const"], wire::kDocumentVersion);
}

TEST(Schema, HasTheCodesOfAllFindings) {
  json codes = json::array();
  for (const core::FindingCode& code : core::kFindingCodes) codes.push_back(code.name);
  EXPECT_EQ(common()["$defs"]["findingCode"]["enum"], codes);
}

// The names of an enumeration that begins with 0.
template <typename Enum>
std::set<std::string> names_of() {
  std::set<std::string> names;
  for (int value = 0; to_string(static_cast<Enum>(value)) != "unknown"; ++value) {
    names.insert(std::string(to_string(static_cast<Enum>(value))));
  }
  return names;
}

TEST(Schema, HasTheStatesOfTheAgentAndOfJobs) {
  EXPECT_EQ(common()["$defs"]["agentState"]["enum"].get<std::set<std::string>>(),
            names_of<jobs::OperatingState>());
  const json& job = common()["$defs"]["job"]["properties"];
  EXPECT_EQ(job["state"]["enum"].get<std::set<std::string>>(), names_of<core::JobState>());
  EXPECT_EQ(job["source"]["enum"].get<std::set<std::string>>(), names_of<core::JobSource>());
}

TEST(Schema, HasTheReasonsOfRevocations) {
  json reasons = json::array();
  for (int value = 0; value <= 10; ++value) {
    if (const auto reason = core::revocation_reason(value)) {
      reasons.push_back(core::to_string(*reason));
    }
  }
  EXPECT_EQ(common()["$defs"]["revocationReason"]["enum"], reasons);
}

}  // namespace
}  // namespace certconnector::testing
