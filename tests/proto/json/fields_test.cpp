#include "proto/json/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "proto/json/json.h"

namespace certconnector::json {
namespace {

using ::testing::HasSubstr;

enum class Color { red, blue };

TEST(Fields, ReadsEveryKindOfValue) {
  const auto value = nlohmann::json::parse(
      R"({"id":"a.B_1:-","n":-5,"big":9223372036854775807,"yes":true,"at":"2026-01-01T00:00:00Z",)"
      R"("b64":"MAA=","hex":"0aFF","color":"blue","fp":"00ff","items":[{"x":1},{"x":2}]})");
  Problems problems;
  ObjectReader reader(value, problems);
  EXPECT_EQ(reader.required("id").text(kId), "a.B_1:-");
  EXPECT_EQ(reader.required("n").integer(-5, 5), -5);
  EXPECT_EQ(reader.required("big").integer(0, INT64_MAX), INT64_MAX);
  EXPECT_EQ(reader.required("yes").boolean(), true);
  EXPECT_EQ(reader.required("at").time(), Timestamp(std::chrono::seconds(1767225600)));
  EXPECT_EQ(reader.required("b64").base64(1, 2), (Bytes{0x30, 0x00}));
  EXPECT_EQ(reader.required("hex").hex(2, 2), (Bytes{0x0A, 0xFF}));
  EXPECT_EQ(reader.required("color").choice<Color>({{"red", Color::red}, {"blue", Color::blue}}),
            Color::blue);
  EXPECT_EQ(reader.required("fp").fingerprint(2), "00ff");
  const auto items = reader.required("items").array(1, 2);
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), 2U);
  auto second = (*items)[1].object();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->required("x").integer(0, 9), 2);
  EXPECT_FALSE(reader.optional("absent").text({}).has_value());
  EXPECT_FALSE(reader.optional("absent").present());
  reader.refuse_others();
  EXPECT_TRUE(problems.empty()) << problems.text();
  EXPECT_TRUE(problems.status("test"));
}

struct Row {
  const char* value;
  void (*read)(const Field&);
  const char* problem;
};

const Row kRows[] = {
    {"1", [](const Field& f) { EXPECT_FALSE(f.text({})); }, "x: is not a string"},
    {"null", [](const Field& f) { EXPECT_FALSE(f.text({})); }, "x: is not a string"},
    {"\"\"", [](const Field& f) { EXPECT_FALSE(f.text(kId)); }, "x: is empty"},
    {"\"ab\"",
     [](const Field& f) {
       EXPECT_FALSE(f.text({3, 9}));
     },
     "x: is shorter than 3 octets"},
    {"\"abcd\"",
     [](const Field& f) {
       EXPECT_FALSE(f.text({0, 3}));
     },
     "x: has 4 octets, the limit is 3"},
    {"\"a b\"", [](const Field& f) { EXPECT_FALSE(f.text(kId)); },
     "x: has characters other than A-Z a-z 0-9 . _ : -"},
    {"\"a\\u0000\"", [](const Field& f) { EXPECT_FALSE(f.text({})); }, "x: has control characters"},
    {"1.0", [](const Field& f) { EXPECT_FALSE(f.integer(0, 9)); }, "x: is not an integer"},
    {"1e2", [](const Field& f) { EXPECT_FALSE(f.integer(0, 999)); }, "x: is not an integer"},
    {"\"1\"", [](const Field& f) { EXPECT_FALSE(f.integer(0, 9)); }, "x: is not an integer"},
    {"-1", [](const Field& f) { EXPECT_FALSE(f.integer(0, 9)); }, "x: is not in the range 0 to 9"},
    {"10", [](const Field& f) { EXPECT_FALSE(f.integer(0, 9)); }, "x: is not in the range 0 to 9"},
    {"18446744073709551615", [](const Field& f) { EXPECT_FALSE(f.integer(0, INT64_MAX)); },
     "x: is not in the range 0 to 9223372036854775807"},
    {"99999999999999999999", [](const Field& f) { EXPECT_FALSE(f.integer(0, 9)); },
     "x: is not an integer"},
    {"1", [](const Field& f) { EXPECT_FALSE(f.boolean()); }, "x: is not true or false"},
    {"\"2026-13-01T00:00:00Z\"", [](const Field& f) { EXPECT_FALSE(f.time()); },
     "x: is not a time"},
    {"1767225600", [](const Field& f) { EXPECT_FALSE(f.time()); }, "x: is not a string"},
    {"\"MAA\"", [](const Field& f) { EXPECT_FALSE(f.base64(0, 9)); }, "x: is not base64"},
    {"\"MAB=\"", [](const Field& f) { EXPECT_FALSE(f.base64(0, 9)); }, "x: is not base64"},
    {"\"MA-_\"", [](const Field& f) { EXPECT_FALSE(f.base64(0, 9)); }, "x: is not base64"},
    {"\"\"", [](const Field& f) { EXPECT_FALSE(f.base64(1, 9)); },
     "x: has 0 octets instead of 1 to 9"},
    {"\"MDAw\"", [](const Field& f) { EXPECT_FALSE(f.base64(1, 2)); },
     "x: has 3 octets instead of 1 to 2"},
    {"\"0\"", [](const Field& f) { EXPECT_FALSE(f.hex(0, 9)); }, "x: is not hexadecimal"},
    {"\"00:11\"", [](const Field& f) { EXPECT_FALSE(f.hex(0, 9)); }, "x: is not hexadecimal"},
    {"\"00\"", [](const Field& f) { EXPECT_FALSE(f.hex(2, 2)); }, "x: has 1 octets instead of 2"},
    {"\"00FF\"", [](const Field& f) { EXPECT_FALSE(f.fingerprint(2)); },
     "x: is not a fingerprint of 4 lower-case hex digits"},
    {"\"green\"",
     [](const Field& f) {
       EXPECT_FALSE(f.choice<Color>({{"red", Color::red}, {"blue", Color::blue}}));
     },
     "x: is none of red, blue"},
    {"[]", [](const Field& f) { EXPECT_FALSE(f.object()); }, "x: is not an object"},
    {"{}", [](const Field& f) { EXPECT_FALSE(f.array(0, 9)); }, "x: is not an array"},
    {"[1,2]", [](const Field& f) { EXPECT_FALSE(f.array(0, 1)); },
     "x: has 2 items instead of 0 to 1"},
};

TEST(Fields, NotesWhatIsWrongWithThePath) {
  for (const auto& row : kRows) {
    nlohmann::json value = nlohmann::json::object();
    value["x"] = nlohmann::json::parse(row.value);
    Problems problems;
    ObjectReader reader(value, problems);
    row.read(reader.required("x"));
    EXPECT_THAT(problems.text(), HasSubstr(row.problem)) << row.value;
  }
}

TEST(Fields, WritesTheWholePath) {
  const auto value = nlohmann::json::parse(R"({"jobs":[{},{"issue":{"names":[1]}}]})");
  Problems problems;
  ObjectReader reader(value, problems);
  const auto jobs = reader.required("jobs").array(0, 9);
  ASSERT_TRUE(jobs.has_value());
  auto job = (*jobs)[1].object();
  ASSERT_TRUE(job.has_value());
  auto issue = job->required("issue").object();
  ASSERT_TRUE(issue.has_value());
  const auto names = issue->required("names").array(0, 9);
  ASSERT_TRUE(names.has_value());
  EXPECT_FALSE((*names)[0].text({}).has_value());
  EXPECT_FALSE(issue->required("pkcs10").present());
  EXPECT_EQ(problems.text(),
            "jobs[1].issue.names[0]: is not a string; jobs[1].issue.pkcs10: is missing");
}

TEST(Fields, RefusesUnknownMembersWithoutShowingHostileNames) {
  const auto value = nlohmann::json::parse("{\"known\":1,\"other\":2,\"\\u001b[31m\":3}");
  Problems problems;
  ObjectReader reader(value, problems);
  EXPECT_TRUE(reader.optional("known").present());
  reader.refuse_others();
  EXPECT_EQ(problems.text(),
            "(a name not shown): is not a member that is known here; "
            "other: is not a member that is known here");
}

TEST(Fields, ReadsAValueThatIsNoObjectAsEmpty) {
  const nlohmann::json value = "text";
  Problems problems;
  ObjectReader reader(value, problems);
  EXPECT_FALSE(reader.optional("x").present());
  reader.refuse_others();
  EXPECT_EQ(problems.text(), "the value is not an object");
  const auto status = problems.status("answer");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code().name, "bad_field");
  EXPECT_EQ(status.error().message(), "answer: the value is not an object");
}

TEST(Problems, KeepsTheFirstEight) {
  Problems problems;
  for (int i = 0; i < 10; ++i) problems.add("f" + std::to_string(i), "is wrong");
  EXPECT_THAT(problems.text(), HasSubstr("f7: is wrong; and 2 more"));
}

}  // namespace
}  // namespace certconnector::json
