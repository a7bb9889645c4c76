#include "common/log/spdlog_logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/capturing_logger.h"
#include "tests/support/openness.h"
#include "tests/support/temp_directory.h"

namespace certconnector::log {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SpdlogLoggerTest : public ::testing::Test {
 protected:
  [[nodiscard]] LogOptions options(Format format) const {
    LogOptions options;
    options.file = directory_.file("agent.log");
    options.format = format;
    return options;
  }

  // The text of one record; the logger's destructor flushes the file.
  [[nodiscard]] std::string written(const LogOptions& options, std::string_view message,
                                    Fields fields) const {
    {
      auto logger = make_logger(options);
      EXPECT_TRUE(logger.ok());
      logger.value()->warning("test.event", message, fields);
    }
    return directory_.read("agent.log");
  }

  testing::TempDirectory directory_;
};

TEST_F(SpdlogLoggerTest, TextHasTimeLevelSentenceEventAndFields) {
  const std::string line =
      written(options(Format::text), "Issued a certificate.", {{"job", "j-1"}, {"attempt", 3}});
  EXPECT_THAT(line,
              HasSubstr("Z warning Issued a certificate. event=test.event job=j-1 attempt=3"));
  EXPECT_THAT(line, EndsWith("\n"));
}

TEST_F(SpdlogLoggerTest, TextQuotesValuesThatCouldBeMisread) {
  const std::string line =
      written(options(Format::text), "m", {{"b", "two words"}, {"c", "x=y"}, {"d", "say \"hi\""}});
  EXPECT_THAT(line, HasSubstr(R"( b="two words" c="x=y" d="say \"hi\"")"));
}

TEST_F(SpdlogLoggerTest, ACommandInASentenceCanBePasted) {
  const std::string command = R"(run: certconnector ca create default --root --subject "CN=A \ B")";
  EXPECT_THAT(written(options(Format::text), command, {}), HasSubstr(command + " event="));
}

TEST_F(SpdlogLoggerTest, AFieldWithoutAValueIsLeftOut) {
  for (const Format format : {Format::text, Format::json}) {
    const std::string line = written(options(format), "m", {{"job", "j"}, {"correlation", ""}});
    EXPECT_THAT(line, HasSubstr("job"));
    EXPECT_THAT(line, Not(HasSubstr("correlation")));
    std::filesystem::remove(directory_.file("agent.log"));
  }
}

TEST_F(SpdlogLoggerTest, TimesHaveMillisecondsSoThatTheySort) {
  const std::string line = written(options(Format::text), "m", {});
  EXPECT_THAT(line.substr(0, 25), ::testing::MatchesRegex("....-..-..T..:..:..\\....Z "));
}

TEST_F(SpdlogLoggerTest, LinesOfManyThreadsStandInTheOrderOfTheirTimes) {
  {
    auto logger = make_logger(options(Format::text));
    ASSERT_TRUE(logger.ok());
    const std::string long_value(2000, 'x');  // takes a while to write
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 100; ++j) logger.value()->info("e", "m", {{"value", long_value}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::istringstream lines(directory_.read("agent.log"));
  std::vector<std::string> times;
  for (std::string line; std::getline(lines, line);) times.push_back(line.substr(0, 24));
  EXPECT_EQ(times.size(), 800U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST_F(SpdlogLoggerTest, JsonIsOneObjectALine) {
  const std::string line =
      written(options(Format::json), "A \"quoted\" sentence.", {{"job", "j-1"}, {"attempt", 3}});
  EXPECT_THAT(line, StartsWith(R"({"time":")"));
  EXPECT_THAT(line, EndsWith(R"("level":"warning","event":"test.event",)"
                             R"("message":"A \"quoted\" sentence.","job":"j-1","attempt":3})"
                             "\n"));
}

TEST_F(SpdlogLoggerTest, NoValueCanForgeALine) {
  const std::string attack = "x\n2026-01-01T00:00:00Z info forged\r\x1B[31m\x7F\tend";
  for (const Format format : {Format::text, Format::json}) {
    testing::TempDirectory own;
    LogOptions options;
    options.file = own.file("agent.log");
    options.format = format;
    {
      auto logger = make_logger(options);
      ASSERT_TRUE(logger.ok());
      logger.value()->warning("test.event", attack, {{"subject", attack}});
    }
    const std::string text = own.read("agent.log");
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.find_first_of("\r\x1B\x7F\t"), std::string::npos);
    EXPECT_THAT(text, HasSubstr(R"(\u000a)"));
    EXPECT_THAT(text, HasSubstr(R"(\u001b)"));
  }
}

TEST_F(SpdlogLoggerTest, NoValueCanSteerATerminalOrHide) {
  const std::string line = written(options(Format::json), "a\u009bb\u202ec",
                                   {{"subject", "d\u200be\U000E0041f\x9bg Ger\u00e4t"}});
  EXPECT_THAT(line, HasSubstr(R"("a\u009bb\u202ec")"));
  EXPECT_THAT(line, HasSubstr("\"d\\u200be\\udb40\\udc41f\\u009bg Ger\u00e4t\""));
}

TEST_F(SpdlogLoggerTest, WhatNeedsNoEscapeStaysBetweenWhatDoes) {
  const std::string value = "one \"two\" \\three\\\nfour~\x7F five\"";
  EXPECT_THAT(written(options(Format::json), value, {}),
              HasSubstr(R"("message":"one \"two\" \\three\\\u000afour~\u007f five\"")"));
  EXPECT_THAT(written(options(Format::text), value, {}),
              HasSubstr(R"(one "two" \three\\u000afour~\u007f five" event=)"));
}

TEST_F(SpdlogLoggerTest, BracesInValuesAreNotFormats) {
  EXPECT_THAT(written(options(Format::text), "{} {0} %v", {{"k", "{}"}}),
              HasSubstr("{} {0} %v event=test.event k={}"));
}

TEST_F(SpdlogLoggerTest, LevelsBelowTheThresholdAreDropped) {
  LogOptions quiet = options(Format::text);
  quiet.level = Level::warning;
  {
    auto logger = make_logger(quiet);
    ASSERT_TRUE(logger.ok());
    EXPECT_FALSE(logger.value()->enabled(Level::info));
    logger.value()->info("a", "dropped");
    logger.value()->set_level(Level::debug);
    EXPECT_TRUE(logger.value()->enabled(Level::debug));
    logger.value()->debug("b", "kept");
  }
  EXPECT_THAT(directory_.read("agent.log"), HasSubstr("kept"));
  EXPECT_THAT(directory_.read("agent.log"), Not(HasSubstr("dropped")));
}

TEST_F(SpdlogLoggerTest, TellsOfEachFileThatItOpens) {
  std::vector<std::string> opened;
  LogOptions rotating = options(Format::text);
  rotating.rotate_bytes = 200;
  rotating.opened = [&opened](const std::string& file, std::FILE* stream) {
    EXPECT_NE(stream, nullptr);
    opened.push_back(file);
    return Status();
  };
  (void)written(rotating, std::string(150, 'x'), {});
  EXPECT_THAT(opened, ElementsAre(rotating.file));
  (void)written(rotating, std::string(150, 'x'), {});
  EXPECT_THAT(opened, ElementsAre(rotating.file, rotating.file, rotating.file));
}

TEST_F(SpdlogLoggerTest, NoFileIsOpenedThatMayNotBe) {
  bool may = true;
  LogOptions asking = options(Format::text);
  asking.may_open = [&may](const std::string& file) {
    return may ? Status()
               : Status(Error(LogErrc::cannot_open, ErrorKind::permanent, file + " is a link"));
  };
  auto logger = make_logger(asking);
  ASSERT_TRUE(logger.ok());
  std::filesystem::rename(asking.file, directory_.file("moved"));
  may = false;
  EXPECT_THAT((*logger)->reopen().error().message(), HasSubstr(asking.file + " is a link"));
  (*logger)->info("a", "goes on");
  EXPECT_THAT(directory_.read("moved"), HasSubstr("goes on"));
  EXPECT_FALSE(make_logger(asking).ok());
  EXPECT_FALSE(std::filesystem::exists(asking.file));
}

TEST_F(SpdlogLoggerTest, NoLineIsWrittenToAFileThatIsNotTaken) {
  bool taken = true;
  LogOptions asking = options(Format::text);
  asking.opened = [&taken](const std::string& file, std::FILE*) {
    return taken ? Status()
                 : Status(Error(LogErrc::cannot_open, ErrorKind::permanent, file + " is another"));
  };
  auto logger = make_logger(asking);
  ASSERT_TRUE(logger.ok());
  std::filesystem::rename(asking.file, directory_.file("moved"));
  taken = false;
  EXPECT_THAT((*logger)->reopen().error().message(), HasSubstr(asking.file + " is another"));
  (*logger)->info("a", "goes on");
  EXPECT_THAT(directory_.read("moved"), HasSubstr("goes on"));
  EXPECT_EQ(directory_.read("agent.log"), "");
}

TEST_F(SpdlogLoggerTest, LinesGoToAnotherPlaceBesideWithoutTheirTimes) {
  std::vector<std::string> lines;
  LogOptions both = options(Format::text);
  both.beside = [&](Level level, std::string_view event, const std::string& line) {
    if (level == Level::warning) lines.push_back(std::string(event) + ": " + line);
  };
  auto logger = make_logger(both);
  ASSERT_TRUE(logger.ok());
  (*logger)->warning("a.b", "It is so.", {{"ca", "x"}});
  (*logger)->info("a.c", "of no interest");
  EXPECT_THAT(lines, ElementsAre("a.b: It is so. event=a.b ca=x"));
}

TEST_F(SpdlogLoggerTest, AFileThatCannotBeOpenedIsNamed) {
  LogOptions bad;
  directory_.write("not-a-folder", "x");
  bad.file = directory_.file("not-a-folder/agent.log");
  const auto logger = make_logger(bad);
  ASSERT_FALSE(logger.ok());
  EXPECT_EQ(logger.error().code(), (ErrorCode{"log", "cannot_open"}));
  EXPECT_THAT(logger.error().message(), HasSubstr(bad.file));
}

TEST_F(SpdlogLoggerTest, AFullDiskIsToldOnceAndTheLostLinesAreCounted) {
  std::error_code none;
  std::filesystem::create_symlink("/dev/full", directory_.file("agent.log"), none);
  if (none) GTEST_SKIP() << "this system has no /dev/full";
  auto logger = make_logger(options(Format::text));
  ASSERT_TRUE(logger.ok());
  EXPECT_EQ((*logger)->trouble(), "");
  ::testing::internal::CaptureStderr();
  (*logger)->info("a", "first");
  (*logger)->info("b", "second");
  const std::string told = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, StartsWith("The log file cannot be written: "));
  EXPECT_THAT(told, HasSubstr("No space left on device event=log.failing\n"));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);
  EXPECT_THAT((*logger)->trouble(), HasSubstr("No space left on device"));
  (*logger)->try_again();
  EXPECT_NE((*logger)->trouble(), "") << "still full";

  std::filesystem::remove(directory_.file("agent.log"));
  ASSERT_TRUE((*logger)->reopen().ok());
  (*logger)->info("c", "third");
  EXPECT_EQ((*logger)->trouble(), "");
  const std::string text = directory_.read("agent.log");
  EXPECT_THAT(text, StartsWith("2")) << "no line is cut in the new file";
  EXPECT_THAT(text, HasSubstr("third event=c\n"));
  EXPECT_THAT(text, HasSubstr("could not be written. event=log.lost lines=2\n"));
}

TEST_F(SpdlogLoggerTest, GoesOnInTheFileOfTheNameWhenItWasMoved) {
  if (!certconnector::testing::open_files_can_be_moved()) {
    GTEST_SKIP() << "this system moves no file that is open";
  }
  auto logger = make_logger(options(Format::text));
  ASSERT_TRUE(logger.ok());
  (*logger)->info("a", "first");
  std::filesystem::rename(directory_.file("agent.log"), directory_.file("moved"));
  ASSERT_TRUE((*logger)->reopen().ok());
  (*logger)->info("b", "second");
  EXPECT_THAT(directory_.read("agent.log"), EndsWith("info second event=b\n"));
  EXPECT_THAT(directory_.read("moved"), EndsWith("info first event=a\n"));
}

TEST_F(SpdlogLoggerTest, AFileThatCannotBeReopenedIsWrittenOn) {
  if (!certconnector::testing::open_files_can_be_moved()) {
    GTEST_SKIP() << "this system moves no file that is open";
  }
  std::filesystem::create_directory(directory_.file("logs"));
  LogOptions inside = options(Format::text);
  inside.file = directory_.file("logs/agent.log");
  auto logger = make_logger(inside);
  ASSERT_TRUE(logger.ok());
  std::filesystem::rename(directory_.file("logs"), directory_.file("moved"));
  directory_.write("logs", "a file");
  EXPECT_EQ((*logger)->reopen().error().code(), error_code(LogErrc::cannot_open));
  (*logger)->info("a", "goes on");
  EXPECT_THAT(directory_.read("moved/agent.log"), HasSubstr("goes on"));
}

TEST_F(SpdlogLoggerTest, AFileHasTimesAndNoPrioritiesBesideAJournal) {
  for (const Format format : {Format::text, Format::json}) {
    LogOptions both = options(format);
    both.journal = true;
    EXPECT_THAT(written(both, "m", {}), StartsWith(format == Format::json ? "{\"time\":" : "2"));
    std::filesystem::remove(directory_.file("agent.log"));
  }
}

TEST_F(SpdlogLoggerTest, WithoutRotationAFileGrows) {
  LogOptions growing = options(Format::text);
  growing.rotate_bytes = 0;
  (void)written(growing, std::string(150, 'x'), {});
  EXPECT_THAT(written(growing, std::string(150, 'y'), {}), HasSubstr("xxx"));
}

TEST(JournalLogger, PutsThePriorityFirstAndNoTime) {
  LogOptions options;
  options.journal = true;
  ::testing::internal::CaptureStderr();
  {
    auto logger = make_logger(options);
    ASSERT_TRUE(logger.ok());
    logger.value()->error("e", "Broken.");
    logger.value()->warning("w", "Odd.");
    logger.value()->info("i", "Fine.");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "<3>Broken. event=e\n<4>Odd. event=w\n<6>Fine. event=i\n");
}

TEST(CapturingLogger, KeepsRecordsAndFindsText) {
  testing::CapturingLogger logger;
  logger.info("job.issued", "Issued.", {{"job", "j-1"}, {"attempt", 2}});
  logger.warning("job.failed", "Failed.");
  ASSERT_EQ(logger.count("job.issued"), 1U);
  EXPECT_EQ(logger.records("job.issued").front().field("attempt"), "2");
  EXPECT_EQ(logger.records("job.issued").front().field("absent"), "");
  EXPECT_TRUE(logger.contains("j-1"));
  EXPECT_FALSE(logger.contains("secret"));
  logger.clear();
  EXPECT_TRUE(logger.records().empty());
}

}  // namespace
}  // namespace certconnector::log
