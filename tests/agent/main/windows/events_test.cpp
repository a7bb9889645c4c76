#include "agent/main/windows/events.h"

#include <windows.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace certconnector {
namespace {

using log::Level;
using platform::EventKind;

struct EventRow {
  Level level;
  const char* event;
  EventKind kind;
  int id;
};

TEST(WindowsEvents, AreGroupedByThePartOfTheAgent) {
  for (const EventRow& row :
       {EventRow{Level::info, "agent.started", EventKind::information, 10},
        EventRow{Level::info, "agent.stopped", EventKind::information, 11},
        EventRow{Level::error, "agent.failed", EventKind::error, 100},
        EventRow{Level::error, "storage.corrupt", EventKind::error, 110},
        EventRow{Level::warning, "endpoint.failed", EventKind::warning, 130},
        EventRow{Level::error, "ca.unusable", EventKind::error, 140},
        EventRow{Level::warning, "identity.renewal_failed", EventKind::warning, 150},
        EventRow{Level::warning, "pool.task_failed", EventKind::warning, 1}}) {
    const auto event = windows_event(row.level, row.event);
    ASSERT_TRUE(event.has_value()) << row.event;
    EXPECT_EQ(event->kind, row.kind) << row.event;
    EXPECT_EQ(event->id, row.id) << row.event;
  }
}

TEST(WindowsEvents, WhatNeedsNobodyStaysInTheLogFile) {
  EXPECT_FALSE(windows_event(Level::info, "job.issued"));
  EXPECT_FALSE(windows_event(Level::debug, "endpoint.failed"));
}

// The viewer shows a text for an id that the message file has, and a complaint for another.
TEST(WindowsEvents, EachHasItsTextAndItsRowInTheGuide) {
  const auto read = [](const char* path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  };
  const std::string messages = read(CC_EVENTS_FILE);
  const std::string guide = read(CC_WINDOWS_GUIDE);
  std::set<std::string> ids;
  const std::regex id("MessageId=(\\d+)");
  for (std::sregex_iterator at(messages.begin(), messages.end(), id), end; at != end; ++at) {
    ids.insert((*at)[1]);
  }
  EXPECT_EQ(ids.size(), 13U);
  for (const std::string& known : ids) {
    EXPECT_TRUE(std::regex_search(guide, std::regex("\\n\\| ([0-9]+, )?" + known + "[, |]")))
        << known;
  }
  for (const char* event : {"agent.failed", "storage.error", "clock.wrong", "endpoint.failed",
                            "ca.limited", "identity.unusable", "crl.failed", "scep.refused",
                            "http.overloaded", "control.refused", "pool.task_failed"}) {
    EXPECT_EQ(ids.count(std::to_string(windows_event(Level::error, event)->id)), 1U) << event;
  }
}

}  // namespace
}  // namespace certconnector
