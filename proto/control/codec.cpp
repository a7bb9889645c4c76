#include "proto/control/codec.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "common/time/rfc3339.h"
#include "proto/control/challenge_message_fields.h"
#include "proto/control/document.h"
#include "proto/control/errors.h"
#include "proto/control/frame.h"
#include "proto/control/message_fields.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"

namespace certconnector::control_proto {

namespace {

using Tree = nlohmann::ordered_json;

// Sized by the frame; what a text must look like is for the command's handler to say.
constexpr json::TextRule kAnyText = {0, kMaxFrame, nullptr, {}, true};
constexpr std::size_t kMaxItems = 100000;

class Encoder {
 public:
  explicit Encoder(Tree& object) : object_(object) { object_ = Tree::object(); }

  template <typename T>
  void visit(const char* name, const T& field) {
    object_[name] = tree(field);
  }
  template <typename T>
  void visit(const char* name, const std::optional<T>& field) {
    if (field) visit(name, *field);
  }
  template <typename T>
  void always(const char* name, const T& field) {
    visit(name, field);
  }
  template <typename T>
  void may(const char* name, const T& field) {
    if (field != T{}) visit(name, field);
  }
  template <typename T>
  void may(const char* name, const std::vector<T>& field) {
    if (!field.empty()) visit(name, field);
  }

 private:
  static Tree tree(Timestamp time) { return to_rfc3339(time); }
  template <typename T>
  static Tree tree(const std::vector<T>& items) {
    Tree array = Tree::array();
    for (const auto& item : items) array.push_back(tree(item));
    return array;
  }
  template <typename T>
  static Tree tree(const T& field) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return field;
    } else {
      Tree object;
      Encoder encoder(object);
      // describe() serves reader and writer; the encoder only reads.
      describe(encoder, const_cast<T&>(field));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      return object;
    }
  }

  Tree& object_;
};

enum class Unknown { refuse, pass_over };

class Decoder {
 public:
  Decoder(json::ObjectReader& reader, Unknown unknown) : reader_(reader), unknown_(unknown) {}

  template <typename T>
  void visit(const char* name, T& field) {
    read(reader_.required(name), field);
  }
  template <typename T>
  void visit(const char* name, std::optional<T>& field) {
    const json::Field member = reader_.optional(name);
    if (member.present()) read(member, field.emplace());
  }
  template <typename T>
  void always(const char* name, T& field) {
    may(name, field);
  }
  template <typename T>
  void may(const char* name, T& field) {
    read(reader_.optional(name), field);
  }

 private:
  static void read(const json::Field& member, std::string& field) {
    if (auto text = member.text(kAnyText)) field = std::move(*text);
  }
  static void read(const json::Field& member, Timestamp& field) {
    field = member.time().value_or(field);
  }
  static void read(const json::Field& member, bool& field) {
    field = member.boolean().value_or(field);
  }
  static void read(const json::Field& member, std::int64_t& field) {
    field = member.integer(INT64_MIN, INT64_MAX).value_or(field);
  }
  static void read(const json::Field& member, std::uint64_t& field) {
    if (const auto number = member.integer(0, INT64_MAX)) {
      field = static_cast<std::uint64_t>(*number);
    }
  }
  template <typename T>
  void read(const json::Field& member, std::vector<T>& field) {
    const auto items = member.array(0, kMaxItems);
    if (!items) return;
    field.resize(items->size());
    for (std::size_t i = 0; i < field.size(); ++i) read((*items)[i], field[i]);
  }
  template <typename T>
  std::enable_if_t<std::is_class_v<T>> read(const json::Field& member, T& field) {
    auto object = member.object();
    if (!object) return;
    Decoder decoder(*object, unknown_);
    describe(decoder, field);
    if (unknown_ == Unknown::refuse) object->refuse_others();
  }

  json::ObjectReader& reader_;
  Unknown unknown_;
};

template <typename T>
Result<T> decode(std::string_view text, Unknown unknown, ControlErrc errc, std::string_view what) {
  auto tree = json::parse(text);
  if (!tree) {
    return Error(errc, ErrorKind::permanent, tree.error().message()).with_context(what);
  }
  json::Problems problems;
  json::ObjectReader reader(*tree, problems);
  T message;
  Decoder decoder(reader, unknown);
  describe(decoder, message);
  if (unknown == Unknown::refuse) reader.refuse_others();
  if (!problems.empty()) {
    return Error(errc, ErrorKind::permanent, problems.text()).with_context(what);
  }
  return message;
}

}  // namespace

template <typename T>
std::string encode(const T& message) {
  Tree object;
  Encoder encoder(object);
  describe(encoder, const_cast<T&>(message));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return object.dump(-1, ' ', false, Tree::error_handler_t::replace);
}

template <typename T>
std::string document(const T& message) {
  return success_document(encode(message));
}

template <typename T>
Result<T> decode_arguments(std::string_view text) {
  return decode<T>(text, Unknown::refuse, ControlErrc::bad_arguments, "arguments");
}

template <typename T>
Result<T> decode_result(std::string_view text) {
  return decode<T>(text, Unknown::pass_over, ControlErrc::bad_result, "the agent's answer");
}

#define CC_ARGUMENTS(T)                     \
  template std::string encode<T>(const T&); \
  template Result<T> decode_arguments<T>(std::string_view);
#define CC_RESULT(T)                          \
  template std::string encode<T>(const T&);   \
  template std::string document<T>(const T&); \
  template Result<T> decode_result<T>(std::string_view);

CC_ARGUMENTS(NoArguments)
CC_ARGUMENTS(JobsListArguments)
CC_ARGUMENTS(JobArguments)
CC_ARGUMENTS(JobDenyArguments)
CC_ARGUMENTS(CaArguments)
CC_ARGUMENTS(CaCreateArguments)
CC_ARGUMENTS(CaImportArguments)
CC_ARGUMENTS(CaEarlierArguments)
CC_ARGUMENTS(ChallengeNewArguments)
CC_ARGUMENTS(ChallengesListArguments)
CC_ARGUMENTS(ChallengeArguments)
CC_ARGUMENTS(EnrollArguments)
CC_ARGUMENTS(BackupArguments)
CC_ARGUMENTS(ScepArguments)
CC_ARGUMENTS(ScepExplainArguments)
CC_ARGUMENTS(ScepTestArguments)
CC_ARGUMENTS(CertsListArguments)
CC_ARGUMENTS(CertArguments)
CC_ARGUMENTS(CertRevokeArguments)
CC_ARGUMENTS(LineageAllowArguments)
CC_RESULT(StatusResult)
CC_RESULT(HealthResult)
CC_RESULT(JobsListResult)
CC_RESULT(JobsShowResult)
CC_RESULT(JobsExplainResult)
CC_RESULT(JobChangedResult)
CC_RESULT(CaListResult)
CC_RESULT(CaTestResult)
CC_RESULT(CaCreatedResult)
CC_RESULT(CaEarlierResult)
CC_RESULT(CaExportResult)
CC_RESULT(CaPublishCrlResult)
CC_RESULT(ChallengeNewResult)
CC_RESULT(ChallengesListResult)
CC_RESULT(ChallengeRevokedResult)
CC_RESULT(ScepListResult)
CC_RESULT(ScepCapsResult)
CC_RESULT(ScepExplainResult)
CC_RESULT(ScepTestResult)
CC_RESULT(CertsListResult)
CC_RESULT(CertShowResult)
CC_RESULT(CertRevokeResult)
CC_RESULT(LineageResult)
CC_RESULT(LineageRevokedResult)
CC_RESULT(IdentityResult)
CC_RESULT(ReloadResult)
CC_RESULT(RunStateResult)
CC_RESULT(BackupResult)
CC_RESULT(BackupProgressResult)
CC_RESULT(ConfigShowResult)
CC_RESULT(ConfigCheckResult)
CC_RESULT(ConfigProblemsResult)
CC_RESULT(CompletionResult)
CC_RESULT(DoctorResult)
CC_RESULT(VersionResult)

}  // namespace certconnector::control_proto
